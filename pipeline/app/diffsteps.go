package app

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"nightjar/transforms"
)

// rebuild builds the states that tell the causes apart: both ends, the ends of
// each kind, and then, by halves, between any two states whose asked rows
// differ, until each step is one item or the rebuilds are used up.
func (d *differ) rebuild(ctx context.Context) error {
	d.parts = map[int]transforms.Part{}
	cuts := map[int]bool{0: true, len(d.items): true}
	for i := 1; i < len(d.items); i++ {
		if d.items[i].kind != d.items[i-1].kind {
			cuts[i] = true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(cuts)) {
		if err := d.build(ctx, at); err != nil {
			return err
		}
	}
	for {
		at, err := d.widest(ctx)
		if at < 0 || err != nil {
			return err
		}
		if len(d.parts) >= d.o.Rebuilds {
			d.out.Notices = append(d.out.Notices, fmt.Sprintf("after %d rebuilds some causes stand together; --rebuilds allows more, --where asks for less", len(d.parts)))
			return nil
		}
		if err := d.build(ctx, at); err != nil {
			return err
		}
	}
}

// build makes the state after so many items.
func (d *differ) build(ctx context.Context, applied int) error {
	s := d.before.with()
	for _, item := range d.items[:applied] {
		item.apply(&s)
	}
	name := fmt.Sprintf("rebuilding with %d of %d changes", applied, len(d.items))
	var marts []string
	for _, m := range d.marts {
		marts = append(marts, m.Mart)
	}
	part, err := d.part(ctx, s, transforms.PartOptions{Name: name, Marts: marts, Changed: d.changed})
	if err != nil {
		return err
	}
	d.parts[applied] = part
	d.cuts = slices.Sorted(maps.Keys(d.parts))
	d.out.Rebuilds = len(d.parts)
	return nil
}

// widest returns the middle of the longest run of items between two states
// whose asked rows differ; -1 when every step is one item.
func (d *differ) widest(ctx context.Context) (int, error) {
	found, length := -1, 1
	for i := 1; i < len(d.cuts); i++ {
		lo, hi := d.cuts[i-1], d.cuts[i]
		if hi-lo <= length {
			continue
		}
		same, err := d.alike(ctx, lo, hi)
		if err != nil {
			return -1, err
		}
		if !same {
			found, length = (lo+hi)/2, hi-lo
		}
	}
	return found, nil
}

// alike tells whether the asked rows are the same in two states.
func (d *differ) alike(ctx context.Context, lo, hi int) (bool, error) {
	c, err := d.compare(ctx, d.parts[lo].File, d.parts[hi].File)
	if err != nil {
		return false, err
	}
	defer c.Close()
	for _, m := range d.marts {
		rows, err := c.Rows(ctx, m, d.o.Where)
		if err != nil || len(rows) > 0 {
			return false, err
		}
	}
	return true, nil
}
