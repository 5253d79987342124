package pipeline

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Verdict is what a reviewer decided about a line of a list.
type Verdict string

// The verdicts. Undone takes the reviewer's earlier verdict on the same pair
// back; the earlier one stays in the ledger.
const (
	VerdictAccept  Verdict = "accept"   // the line is about this person
	VerdictReject  Verdict = "reject"   // the line is not about this person
	VerdictNotOurs Verdict = "not_ours" // the line is about nobody in our area
	VerdictUndone  Verdict = "undone"
)

// Decision is one verdict of a reviewer. It is about an identity as a list
// gave it, not about a line of a file: the same identity in the next delivery
// is decided too. Nothing in it says who the person is.
type Decision struct {
	ID        int64  // running number of the ledger; the later of two has the greater one
	Subject   string // the identity on the list, as restricted.match_pairs names it
	PersonID  string // person of the caseload; empty for VerdictNotOurs and its undoing
	Verdict   Verdict
	By        string    // who decided
	Reason    string    // why
	DecidedAt time.Time // UTC
	DecidedOn Date      // the day of DecidedAt; a build as at an earlier day does not know it
}

// LastDate is after every day: what is known until then is all there is.
const LastDate = Date(math.MaxInt32)

// DecisionsInForce returns what holds on a day: of the decisions up to it, the
// last one about each subject and person that was not undone, in the order in
// which they were taken. A later acceptance of another person takes the place
// of an earlier one, and so does the word that the line is not ours; accepting
// somebody takes that word back.
func DecisionsInForce(all []Decision, until Date) []Decision {
	known := slices.DeleteFunc(slices.Clone(all), func(d Decision) bool { return d.DecidedOn > until })
	slices.SortStableFunc(known, func(a, b Decision) int {
		return cmp.Or(a.DecidedAt.Compare(b.DecidedAt), cmp.Compare(a.ID, b.ID))
	})
	var out []Decision
	for _, d := range known {
		out = slices.DeleteFunc(out, d.replaces)
		if d.Verdict != VerdictUndone {
			out = append(out, d)
		}
	}
	return out
}

// replaces tells whether an earlier decision no longer holds because of d.
func (d Decision) replaces(old Decision) bool {
	if d.Subject != old.Subject {
		return false
	}
	settles := func(v Verdict) bool { return v == VerdictAccept || v == VerdictNotOurs }
	return d.PersonID == old.PersonID || settles(d.Verdict) && settles(old.Verdict)
}
