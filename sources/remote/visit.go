package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/naming"
)

// visit is one look at a place.
type visit struct {
	*Place
	line     line
	datasets []string
	now      time.Time
	issues   []pipeline.Issue
	missed   []error
}

// run fetches what is new. The error is our own disk's or ledger's; what is
// wrong with the place becomes issues.
func (v *visit) run(ctx context.Context) error {
	offers, err := v.list(ctx)
	if err != nil {
		return v.note("", err)
	}
	names := make(map[string]bool, len(offers))
	for _, o := range offers {
		names[o.Name] = true
	}
	if len(v.datasets) == 0 && !v.blind() {
		if err := v.withdrawn(names); err != nil {
			return err
		}
	}
	offers, err = v.settle(ctx, v.news(offers))
	if err != nil {
		return v.note("", err)
	}
	// The manifest first: it says when the others were delivered.
	slices.SortStableFunc(offers, func(a, b Offer) int { return manifestFirst(a) - manifestFirst(b) })
	for _, o := range offers {
		err := v.land(ctx, o)
		if nerr := v.note(o.Name, err); nerr != nil {
			return nerr
		}
		if err != nil && o.Name == naming.Manifest {
			v.issues[len(v.issues)-1].Say += " No list is fetched until it can be, because it says when lists were delivered."
			return nil
		}
	}
	return ctx.Err()
}

// blind reports whether some of the place could not be looked at, so that
// what is missing may be there.
func (v *visit) blind() bool {
	return slices.ContainsFunc(v.issues, func(i pipeline.Issue) bool { return i.Rule == RuleDenied || i.Rule == RuleVanished })
}

func manifestFirst(o Offer) int {
	if o.Name == naming.Manifest {
		return 0
	}
	return 1
}

// list asks what there is.
func (v *visit) list(ctx context.Context) (offers []Offer, err error) {
	var issues []pipeline.Issue
	err = v.line.do(ctx, func(s Session) (err error) {
		offers, issues, err = s.List(ctx, v.datasets)
		return err
	})
	v.issues = append(v.issues, issues...)
	return offers, err
}

// news leaves out what is here already as it stands there.
func (v *visit) news(offers []Offer) []Offer {
	var out []Offer
	for _, o := range offers {
		if o.State == "" || v.last(o.Name) != o.State {
			out = append(out, o)
		}
	}
	return out
}

// settle looks a second time, once for all, where a list may be growing, and
// keeps what stayed as it was.
func (v *visit) settle(ctx context.Context, offers []Offer) ([]Offer, error) {
	fresh := func(o Offer) bool { return !o.Whole && v.opt.Settle > 0 }
	if !slices.ContainsFunc(offers, fresh) {
		return offers, nil
	}
	if err := v.opt.Wait(ctx, v.opt.Settle); err != nil {
		return nil, err
	}
	var again []Offer
	err := v.line.do(ctx, func(s Session) (err error) {
		again, _, err = s.List(ctx, v.datasets)
		return err
	})
	if err != nil {
		return nil, err
	}
	now := make(map[string]string, len(again))
	for _, o := range again {
		now[o.Name] = o.State
	}
	var out []Offer
	for _, o := range offers {
		state, there := now[o.Name]
		switch {
		case !fresh(o) || there && state == o.State:
			out = append(out, o)
		case !there:
			v.issues = append(v.issues, Vanished().Issue(o.Name))
		default:
			v.issues = append(v.issues, Growing().Issue(o.Name))
		}
	}
	return out, nil
}

// land brings one list into the landing folder.
func (v *visit) land(ctx context.Context, o Offer) error {
	if o.Size > v.opt.MaxBytes {
		return TooLarge(v.opt.MaxBytes)
	}
	sum := sha256.Sum256([]byte(o.Name))
	f, err := os.OpenFile(filepath.Join(v.opt.Folder, partFolder, hex.EncodeToString(sum[:])), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return &diskError{err}
	}
	defer func() {
		_ = f.Close()           // what was written is synced already, or not wanted
		_ = os.Remove(f.Name()) // gone where it was renamed
	}()
	dst := NewSink(f, v.opt.MaxBytes)
	var r Receipt
	err = v.line.do(ctx, func(s Session) (err error) {
		r, err = s.Fetch(ctx, o, v.last(o.Name), dst)
		return err
	})
	if err != nil || r.NoNews {
		return err
	}
	hash, err := dst.finish()
	if err != nil {
		return err
	}
	return v.show(ctx, o, r, f.Name(), hash, dst.Len())
}

// show gives a whole list its name. The ledger hears first when the place got
// it: once it is shown, the drop folder would call it new.
func (v *visit) show(ctx context.Context, o Offer, r Receipt, part, hash string, size int64) error {
	if at := r.Delivered.UTC().Truncate(time.Microsecond); plausible(at, v.now) {
		if _, err := v.opt.Ledger.FirstSeen(ctx, o.Name, hash, at); err != nil {
			return &diskError{err}
		}
	}
	goal := v.landed(o.Name)
	if err := os.MkdirAll(filepath.Dir(goal), 0o700); err != nil {
		return &diskError{err}
	}
	if err := os.Rename(part, goal); err != nil {
		return &diskError{err}
	}
	if err := syncUp(filepath.Dir(goal), v.opt.Folder); err != nil {
		return &diskError{err}
	}
	v.mem.set(o.Name, entry{State: r.State, Hash: hash, Size: size})
	return nil
}

// plausible reports whether a place's word for when it got a list can be
// taken: a server without a clock says 1970, one ahead says tomorrow.
func plausible(at, now time.Time) bool { return at.Year() >= 2000 && !at.After(now) }

// note turns what is wrong with a place or a list into an issue, and returns
// what is our own fault.
func (v *visit) note(name string, err error) error {
	var ours *diskError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours), errors.Is(err, context.Canceled):
		return err
	}
	p := asProblem(err)
	v.issues = append(v.issues, p.Issue(name))
	if name == "" || p.Passing && p.Rule != RuleGrowing {
		v.missed = append(v.missed, named(name, p))
	}
	return nil
}

// named puts a list's name before its problem.
func named(name string, p *Problem) error {
	if name == "" {
		return p
	}
	return &namedProblem{name, p}
}

type namedProblem struct {
	name string
	*Problem
}

func (n *namedProblem) Error() string { return n.name + ": " + n.Problem.Error() }
func (n *namedProblem) Unwrap() error { return n.Problem }

// asProblem makes a problem of any error of a place, without repeating texts
// that may hold what nobody should read.
func asProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	return Dropped(err)
}

// withdrawn deals with lists that the place no longer offers. What has landed
// was delivered, and some servers clear away what was fetched, so it stays; a
// manifest speaks only as long as it stands there.
func (v *visit) withdrawn(offered map[string]bool) error {
	if !offered[naming.Manifest] {
		if err := os.Remove(v.landed(naming.Manifest)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return &diskError{err}
		}
	}
	keep := offered
	for name, e := range v.mem.Was {
		if offered[name] || e.Taken || !v.stands(name) || name == naming.Manifest {
			continue
		}
		keep[name] = true
		v.issues = append(v.issues, pipeline.Issue{File: name, Rule: RuleWithdrawn, Say: "It is no longer on offer; the copy that was fetched is used.",
			Hint: "If it was withdrawn, delete " + path.Base(name) + " under " + filepath.Dir(v.landed(name))})
	}
	v.mem.keep(keep)
	return nil
}

// syncUp makes a new name durable, and the folders above it that may be new.
func syncUp(folder, root string) error {
	for strings.HasPrefix(folder, root) {
		f, err := os.Open(folder)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil || folder == root {
			return err
		}
		folder = filepath.Dir(folder)
	}
	return nil
}
