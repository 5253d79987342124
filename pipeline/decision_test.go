package pipeline

import (
	"slices"
	"testing"
	"time"
)

func TestDecisionsInForce(t *testing.T) {
	t.Parallel()
	on := func(id int64, day int, subject, person string, v Verdict) Decision {
		d := NewDate(2021, time.October, day)
		return Decision{ID: id, Subject: subject, PersonID: person, Verdict: v, DecidedAt: d.Time(), DecidedOn: d}
	}
	for _, c := range []struct {
		name  string
		all   []Decision
		until int
		want  []int64
	}{
		{"none", nil, 31, nil},
		{"both of two subjects", []Decision{on(1, 1, "a", "p", VerdictAccept), on(2, 1, "b", "", VerdictNotOurs)}, 31, []int64{1, 2}},
		{"not known yet", []Decision{on(1, 1, "a", "p", VerdictAccept), on(2, 9, "b", "p", VerdictAccept)}, 8, []int64{1}},
		{"undone", []Decision{on(1, 1, "a", "p", VerdictAccept), on(2, 2, "a", "p", VerdictUndone)}, 31, nil},
		{"before it was undone", []Decision{on(1, 1, "a", "p", VerdictAccept), on(2, 2, "a", "p", VerdictUndone)}, 1, []int64{1}},
		{"accepted again", []Decision{on(1, 1, "a", "p", VerdictAccept), on(2, 2, "a", "p", VerdictUndone), on(3, 3, "a", "p", VerdictAccept)}, 31, []int64{3}},
		{"another person instead", []Decision{on(1, 1, "a", "p", VerdictAccept), on(2, 2, "a", "q", VerdictAccept)}, 31, []int64{2}},
		{"rejected two", []Decision{on(1, 1, "a", "p", VerdictReject), on(2, 2, "a", "q", VerdictReject)}, 31, []int64{1, 2}},
		{"rejected, then accepted", []Decision{on(1, 1, "a", "p", VerdictReject), on(2, 2, "a", "p", VerdictAccept)}, 31, []int64{2}},
		{"not ours after all", []Decision{on(1, 1, "a", "p", VerdictAccept), on(2, 2, "a", "", VerdictNotOurs)}, 31, []int64{2}},
		{"ours after all", []Decision{on(1, 1, "a", "", VerdictNotOurs), on(2, 2, "a", "p", VerdictAccept)}, 31, []int64{2}},
		{"a rejection stays beside an acceptance", []Decision{on(1, 1, "a", "q", VerdictReject), on(2, 2, "a", "p", VerdictAccept)}, 31, []int64{1, 2}},
		{"told in another order", []Decision{on(2, 2, "a", "p", VerdictUndone), on(1, 1, "a", "p", VerdictAccept)}, 31, nil},
		{"the same day, by number", []Decision{on(2, 1, "a", "p", VerdictUndone), on(1, 1, "a", "p", VerdictAccept)}, 31, nil},
	} {
		var got []int64
		for _, d := range DecisionsInForce(c.all, NewDate(2021, time.October, c.until)) {
			got = append(got, d.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v hold, want %v", c.name, got, c.want)
		}
	}
}
