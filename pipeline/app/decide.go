package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
)

// Ruling is what a reviewer says about a case.
type Ruling struct {
	Subject  string // or the beginning of one, as long as it is the only one
	PersonID string // empty for not ours, and for undoing all about the subject
	Verdict  pipeline.Verdict
	By       string
	Reason   string
}

const (
	leastSubject = 6  // letters of a subject that must be given
	wholeSubject = 32 // letters of a subject
)

// Decide writes rulings to the ledger and returns how many were new. A ruling
// that is in force already, in the same words or others, is not written again.
// Nothing is written when one of them is wrong. They take effect with the next
// night.
func (a *App) Decide(ctx context.Context, rulings []Ruling) (int, error) {
	known, err := a.knowledge(ctx, rulings)
	if err != nil {
		return 0, err
	}
	now := a.Clock.Now().UTC()
	today := pipeline.DateOf(now, a.cfg.Location())
	var list []pipeline.Decision
	for i, r := range rulings {
		decisions, err := known.decisions(r)
		if err != nil {
			return 0, fmt.Errorf("ruling %d: %w", i+1, err)
		}
		for _, d := range decisions {
			d.By, d.Reason, d.DecidedAt, d.DecidedOn = r.By, r.Reason, now, today
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		return 0, nil
	}
	book, err := a.openLedger()
	if err != nil {
		return 0, err
	}
	defer book.Close()
	n, err := book.RecordDecisions(ctx, list)
	if err == nil && n > 0 {
		err = a.audited(ctx, audit.Event{Kind: audit.Decision, By: list[0].By, Say: "on who is meant", Facts: map[string]int64{"decisions": int64(n)}})
	}
	return n, err
}

// known is what rulings are checked against.
type known struct {
	subjects []string
	people   map[string]bool
	inForce  []pipeline.Decision
}

// knowledge gathers what the night that readers see and the ledger know of the
// subjects and people that rulings are about.
func (a *App) knowledge(ctx context.Context, rulings []Ruling) (known, error) {
	night, _, err := a.peopleNights(ctx)
	if err != nil {
		return known{}, err
	}
	all, err := a.decisions(ctx)
	if err != nil {
		return known{}, err
	}
	subjects, err := night.reviewRows(ctx, "match_cases", "")
	if err != nil {
		return known{}, err
	}
	if where := elsewhere(rulings, subjects); where != "" { // about lines that matching settled by itself
		more, err := night.reviewRows(ctx, "match_pairs", where)
		if err != nil {
			return known{}, err
		}
		subjects = append(subjects, more...)
	}
	people, err := night.reviewRows(ctx, "match_candidates", "")
	if err != nil {
		return known{}, err
	}
	return newKnown(subjects, people, all), nil
}

// elsewhere is the condition for subjects that rulings name and that are not
// pending; empty when there are none.
func elsewhere(rulings []Ruling, pending []Values) string {
	isPending := map[string]bool{}
	for _, p := range pending {
		isPending[p.Text("subject")] = true
	}
	var whole, parts []string
	for _, r := range rulings {
		switch start := foldSubject(r.Subject); {
		case isPending[start] || len(start) < leastSubject || strings.Trim(start, "0123456789abcdef") != "":
		case len(start) == wholeSubject:
			whole = append(whole, "'"+start+"'")
		default:
			parts = append(parts, "subject LIKE '"+start+"%'")
		}
	}
	if len(whole) > 0 {
		parts = append(parts, "subject IN ("+strings.Join(whole, ", ")+")")
	}
	return strings.Join(parts, " OR ")
}

func foldSubject(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func newKnown(subjects, people []Values, all []pipeline.Decision) known {
	k := known{people: map[string]bool{}, inForce: pipeline.DecisionsInForce(all, pipeline.LastDate)}
	for _, s := range subjects {
		k.subjects = append(k.subjects, s.Text("subject"))
	}
	for _, d := range all {
		k.subjects = append(k.subjects, d.Subject)
	}
	slices.Sort(k.subjects)
	k.subjects = slices.Compact(k.subjects)
	for _, p := range people {
		k.people[p.Text("person_id")] = true
	}
	return k
}

// decisions turns a ruling into what goes to the ledger: none where it holds
// already, several where undoing concerns several people.
func (k known) decisions(r Ruling) ([]pipeline.Decision, error) {
	subject, err := k.subject(r.Subject)
	if err != nil {
		return nil, err
	}
	if r.By == "" {
		return nil, fmt.Errorf("%w: it is not said who decided; give --by", pipeline.ErrUsage)
	}
	d := pipeline.Decision{Subject: subject, PersonID: r.PersonID, Verdict: r.Verdict}
	switch r.Verdict {
	case pipeline.VerdictAccept, pipeline.VerdictReject:
		if !k.people[r.PersonID] {
			return nil, fmt.Errorf("%w: nobody in the caseload has this id; nightjar review list shows the candidates' ids", pipeline.ErrUsage)
		}
	case pipeline.VerdictNotOurs:
		d.PersonID = ""
	case pipeline.VerdictUndone:
		return k.undoing(d)
	default:
		return nil, fmt.Errorf("%w: a verdict is accept, reject or not_ours", pipeline.ErrUsage)
	}
	if slices.ContainsFunc(k.inForce, func(o pipeline.Decision) bool {
		return o.Subject == d.Subject && o.PersonID == d.PersonID && o.Verdict == d.Verdict
	}) {
		return nil, nil
	}
	return []pipeline.Decision{d}, nil
}

// undoing takes back what is in force about the subject, or about the subject
// and one person.
func (k known) undoing(d pipeline.Decision) ([]pipeline.Decision, error) {
	var out []pipeline.Decision
	for _, o := range k.inForce {
		if o.Subject == d.Subject && (d.PersonID == "" || o.PersonID == d.PersonID) {
			out = append(out, pipeline.Decision{Subject: o.Subject, PersonID: o.PersonID, Verdict: pipeline.VerdictUndone})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: nothing is decided about this that could be undone", pipeline.ErrUsage)
	}
	return out, nil
}

func (k known) subject(start string) (string, error) {
	start = foldSubject(start)
	if len(start) < leastSubject {
		return "", fmt.Errorf("%w: give at least %d letters of the subject", pipeline.ErrUsage, leastSubject)
	}
	at, _ := slices.BinarySearch(k.subjects, start)
	switch {
	case at == len(k.subjects) || !strings.HasPrefix(k.subjects[at], start):
		return "", fmt.Errorf("%w: no list of the last night holds subject %s; nightjar review list shows what is pending", pipeline.ErrUsage, start)
	case at+1 < len(k.subjects) && strings.HasPrefix(k.subjects[at+1], start):
		return "", fmt.Errorf("%w: several subjects begin with %s; give more of it", pipeline.ErrUsage, start)
	default:
		return k.subjects[at], nil
	}
}
