package sources

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// VolumeRule says what is done about a list that cannot be whole: one that is
// empty, far shorter or longer than the provider's last, or whose people
// mostly have nothing to be matched by.
type VolumeRule struct {
	Hold  bool    // the night is held; otherwise it is said and the list taken
	Share float64 // how far a list may differ from the last, and how many people may lack every key; from 0 to 1
}

// ruleVolume begins the rules of the volume guard.
const ruleVolume = "volume_"

// fewestRecords is how many records a list must differ by before a share of
// them means anything: three pupils becoming one is no news.
const fewestRecords = 5

// GuardVolume puts the rules, by dataset, in front of a night: what the loader
// loads is held against the provider's last list. A list that breaks a rule
// which holds is returned with an error that is pipeline.ErrHeld; it is not to
// be written to the ledger, and is judged anew on the next run. Datasets
// without a rule pass.
func GuardVolume(inner pipeline.Loader, files pipeline.FileLedger, rules map[string]VolumeRule) pipeline.Loader {
	return &volumeGuard{inner: inner, files: files, rules: rules}
}

type volumeGuard struct {
	inner pipeline.Loader
	files pipeline.FileLedger
	rules map[string]VolumeRule

	mu      sync.Mutex
	read    bool
	before  []pipeline.FileRecord // loaded before this night, and in it
	loading []*beingLoaded
}

// beingLoaded is a delivery on its way. Files load side by side, but each is
// held against the one delivered before it.
type beingLoaded struct {
	pipeline.Delivery
	done chan struct{}
}

// Load implements pipeline.Loader.
func (g *volumeGuard) Load(ctx context.Context, a pipeline.Arrival, p pipeline.Progress) (pipeline.FileRecord, error) {
	rule, guarded := g.rules[a.Dataset]
	if !guarded {
		return g.inner.Load(ctx, a, p)
	}
	me, earlier, err := g.enter(ctx, a.Delivery)
	if err != nil {
		return refusedRecord(a, nil), err
	}
	defer close(me.done)
	rec, err := g.inner.Load(ctx, a, p)
	if err != nil {
		return rec, err
	}
	for _, e := range earlier {
		select {
		case <-e.done:
		case <-ctx.Done():
			return rec, ctx.Err()
		}
	}
	if issue, odd := rule.judge(rec, g.last(rec)); odd {
		rec.Notices = append(rec.Notices, issue)
	}
	if held, is := firstVolume(rec.Notices); is && rule.Hold {
		return rec, fmt.Errorf("%w: %s; if the list is right, set volume_guard: warn for %s in the configuration and run again", pipeline.ErrHeld, held, a.Dataset)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	rec.Status = pipeline.FileLoaded
	g.before = append(g.before, rec)
	return rec, nil
}

// enter notes that a delivery is being loaded and returns those of the same
// provider that were delivered before it and are not done.
func (g *volumeGuard) enter(ctx context.Context, d pipeline.Delivery) (me *beingLoaded, earlier []*beingLoaded, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.read {
		if g.before, err = g.files.Files(ctx); err != nil {
			return nil, nil, fmt.Errorf("deliveries cannot be read from the ledger: %w", err)
		}
		g.read = true
	}
	for _, other := range g.loading {
		if other.Dataset == d.Dataset && other.Provider == d.Provider && deliveredBefore(other.Delivery, d) {
			earlier = append(earlier, other)
		}
	}
	me = &beingLoaded{d, make(chan struct{})}
	g.loading = append(g.loading, me)
	return me, earlier, nil
}

func deliveredBefore(a, b pipeline.Delivery) bool {
	return cmp.Or(a.DeliveredAt.Compare(b.DeliveredAt), strings.Compare(a.Name, b.Name)) < 0
}

// last returns the list that the provider delivered before this one, in the
// same layout; nil where this is the first.
func (g *volumeGuard) last(rec pipeline.FileRecord) *pipeline.FileRecord {
	g.mu.Lock()
	defer g.mu.Unlock()
	var best *pipeline.FileRecord
	for i, f := range g.before {
		if f.Status != pipeline.FileLoaded || f.Dataset != rec.Dataset || f.Provider != rec.Provider || f.Relation != rec.Relation {
			continue
		}
		if deliveredBefore(f.Delivery, rec.Delivery) && (best == nil || deliveredBefore(best.Delivery, f.Delivery)) {
			best = &g.before[i]
		}
	}
	return best
}

// judge compares the records of a list, the sound and the refused ones, with
// those of the provider's last.
func (r VolumeRule) judge(rec pipeline.FileRecord, last *pipeline.FileRecord) (pipeline.Issue, bool) {
	now := records(rec)
	issue := pipeline.Issue{File: rec.Name, Hint: "ask the provider whether the list is whole"}
	if now == 0 {
		issue.Rule, issue.Say = ruleVolume+"empty", "the list holds no record"
		return issue, true
	}
	if last == nil {
		return issue, false
	}
	then := records(*last)
	issue.Say = fmt.Sprintf("the list holds %d records, the provider's last one, of %s, held %d", now, last.DeliveredOn, then)
	change := float64(now - then)
	switch {
	case abs(now-then) < fewestRecords:
		return issue, false
	case -change > r.Share*float64(then):
		issue.Rule = ruleVolume + "shorter"
	case change > r.Share*float64(then):
		issue.Rule = ruleVolume + "longer"
	default:
		return issue, false
	}
	return issue, true
}

func records(f pipeline.FileRecord) int64 { return f.Counts.Accepted + f.Counts.Quarantined }

func abs(n int64) int64 { return max(n, -n) }

// firstVolume returns the first notice of the guard.
func firstVolume(notices []pipeline.Issue) (pipeline.Issue, bool) {
	for _, n := range notices {
		if strings.HasPrefix(n.Rule, ruleVolume) {
			return n, true
		}
	}
	return pipeline.Issue{}, false
}

// keyCounter counts accepted rows that have nothing to be matched by beyond
// name and day of birth: no UPN, no ULN and no postcode.
type keyCounter struct {
	keys    []*snapshot.Vector
	keyless int64
	names   []string
}

// newKeyCounter returns nil for lists that are not about people, or whose
// layout has none of these columns.
func newKeyCounter(d pipeline.Dataset, layout pipeline.Layout, b *snapshot.Batch) *keyCounter {
	c := &keyCounter{}
	for _, column := range layout.Columns {
		switch column.Kind {
		case pipeline.UPN, pipeline.ULN, pipeline.Postcode:
			c.keys, c.names = append(c.keys, b.Column(column.Name)), append(c.names, column.Name)
		}
	}
	if !d.Personal || len(c.keys) == 0 {
		return nil
	}
	return c
}

func (c *keyCounter) row(row int) {
	for _, k := range c.keys {
		if !k.IsNull(row) {
			return
		}
	}
	c.keyless++
}

// notice tells when too many rows lack every key.
func (c *keyCounter) notice(accepted int64, share float64) (pipeline.Issue, bool) {
	if c.keyless < fewestRecords || float64(c.keyless) <= share*float64(accepted) {
		return pipeline.Issue{}, false
	}
	return pipeline.Issue{
		Rule: ruleVolume + "keys", Say: fmt.Sprintf("%d of %d records have none of %s to be matched by", c.keyless, accepted, strings.Join(c.names, ", ")),
		Hint: "ask the provider for these columns; until then people are found by name and day of birth alone",
	}, true
}
