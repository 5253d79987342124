package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"nightjar/pipeline"
)

// Member is one source beside the inbox.
type Member struct {
	Name   string // of the place in the configuration
	Source pipeline.Source
}

// Together is the inbox and the places as one source. It implements
// pipeline.Source.
type Together struct {
	inbox  pipeline.Source
	places []Member

	mu     sync.Mutex
	tries  int                        // further looks that the caller may take
	owner  map[string]pipeline.Source // by Arrival.Path
	missed error
}

var _ pipeline.Source = (*Together)(nil)

// NewTogether returns all of them as one. Names of places stand before the
// files that issues are about. patience is how often the caller looks again
// when Arrivals fails with pipeline.ErrNotReady.
func NewTogether(inbox pipeline.Source, patience int, places ...Member) *Together {
	return &Together{inbox: inbox, places: places, tries: patience, owner: map[string]pipeline.Source{}}
}

// Arrivals implements pipeline.Source. A place that may answer in a moment is
// an error as long as the caller looks again. Then, and at once where waiting
// is of no use, what is wrong with a place is an issue, so that it does not
// cost the other lists; Missed returns it too.
func (t *Together) Arrivals(ctx context.Context, datasets []string) ([]pipeline.Arrival, []pipeline.Issue, error) {
	all, issues, err := t.inbox.Arrivals(ctx, datasets)
	if err != nil {
		return nil, nil, err
	}
	owner := map[string]pipeline.Source{}
	var missed []error
	for _, m := range t.places {
		list, more, err := m.Source.Arrivals(ctx, datasets)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			more = append(more, pipeline.Issue{Rule: RuleUnreachable, Say: "No list could be taken: " + err.Error() + ".",
				Hint: "It is tried again on the next run"})
		} else if half, ok := m.Source.(interface{ Missed() error }); ok {
			err = half.Missed()
		}
		if err != nil {
			missed = append(missed, fmt.Errorf("place %s: %w", m.Name, err))
		}
		for _, i := range more {
			i.File = m.Name + ":" + i.File
			issues = append(issues, i)
		}
		for _, a := range list {
			owner[a.Path] = m.Source
		}
		all = append(all, list...)
	}
	pipeline.SortIssues(issues)
	slices.SortStableFunc(all, func(a, b pipeline.Arrival) int {
		return cmp.Or(a.DeliveredAt.Compare(b.DeliveredAt), cmp.Compare(a.Name, b.Name))
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.owner, t.missed = owner, errors.Join(missed...)
	if t.tries > 0 && errors.Is(t.missed, pipeline.ErrNotReady) {
		t.tries--
		return nil, nil, t.missed
	}
	return all, issues, nil
}

// Archive implements pipeline.Source.
func (t *Together) Archive(ctx context.Context, a pipeline.Arrival) error {
	t.mu.Lock()
	source, ok := t.owner[a.Path]
	t.mu.Unlock()
	if !ok {
		source = t.inbox
	}
	return source.Archive(ctx, a)
}

// Missed returns why the last Arrivals did not have everything that is on
// offer in some place; nil when it had. It is pipeline.ErrNotReady when
// another attempt is worth it.
func (t *Together) Missed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.missed
}
