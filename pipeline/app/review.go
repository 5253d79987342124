package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
)

// Identity is how a list or the caseload writes a person; several spellings
// are joined by " / ".
type Identity struct {
	Family   string `json:"family_name"`
	Given    string `json:"given_name"`
	Born     string `json:"birth_date"`
	Postcode string `json:"postcode"`
	UPN      string `json:"upn"`
	ULN      string `json:"uln"`
}

// identityFields are the fields of an identity in the order in which they are
// shown, with how to get at them.
var identityFields = []struct {
	Name string
	of   func(*Identity) *string
}{
	{"family_name", func(i *Identity) *string { return &i.Family }}, {"given_name", func(i *Identity) *string { return &i.Given }},
	{"birth_date", func(i *Identity) *string { return &i.Born }}, {"postcode", func(i *Identity) *string { return &i.Postcode }},
	{"upn", func(i *Identity) *string { return &i.UPN }}, {"uln", func(i *Identity) *string { return &i.ULN }},
}

// ReviewCase is somebody on a list of whom a person has to say who it is.
type ReviewCase struct {
	Subject    string            `json:"subject"`
	Dataset    string            `json:"dataset"`
	Provider   string            `json:"provider"`
	Rows       int               `json:"rows"`
	Reason     string            `json:"reason"`
	Listed     Identity          `json:"listed"`
	Candidates []ReviewCandidate `json:"candidates"`
}

// ReviewCandidate is somebody of the caseload who may be meant.
type ReviewCandidate struct {
	PersonID string            `json:"person_id"`
	Score    float64           `json:"score"`
	Rule     string            `json:"rule"`
	Levels   map[string]string `json:"levels"` // agreement by field
	Person   Identity          `json:"person"`
}

// Pending returns what waits for a reviewer: the cases of the night that
// readers see, without those decided since. It holds people: show it to nobody
// but the reviewer. The order is by dataset, provider, then the best score.
func (a *App) Pending(ctx context.Context) ([]ReviewCase, error) {
	night, _, err := a.peopleNights(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.decisions(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := night.reviewRows(ctx, "match_cases", "")
	if err != nil {
		return nil, err
	}
	recorded, err := night.reviewRows(ctx, "match_candidates", "identity_no > 0")
	if err != nil {
		return nil, err
	}
	return undecided(casesOf(rows, recorded), decidedSince(all, night.run)), nil
}

// decisions returns every decision ever taken.
func (a *App) decisions(ctx context.Context) ([]pipeline.Decision, error) {
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		return nil, err
	}
	defer book.Close()
	return book.Decisions(ctx)
}

// reviewRows reads what a night left for reviewers.
func (n peopleNight) reviewRows(ctx context.Context, table, where string) ([]Values, error) {
	rows, err := n.people(ctx, table, where)
	if err != nil {
		return nil, fmt.Errorf("%w; a run of this version of nightjar makes it", err)
	}
	return rows, nil
}

// decidedSince returns the decisions in force that a run did not know yet.
func decidedSince(all []pipeline.Decision, run string) []pipeline.Decision {
	began, err := time.Parse("20060102T150405.000Z", run)
	if err != nil {
		began = time.Time{} // named by somebody's hand: every decision may be newer
	}
	return slices.DeleteFunc(pipeline.DecisionsInForce(all, pipeline.LastDate), func(d pipeline.Decision) bool {
		return d.DecidedAt.Before(began)
	})
}

// undecided leaves out cases that are settled and candidates who are rejected.
// A case all of whose candidates are rejected is settled too.
func undecided(cases []ReviewCase, since []pipeline.Decision) []ReviewCase {
	bySubject := map[string][]pipeline.Decision{}
	for _, d := range since {
		bySubject[d.Subject] = append(bySubject[d.Subject], d)
	}
	out := []ReviewCase{}
	for _, c := range cases {
		settled := false
		for _, d := range bySubject[c.Subject] {
			if d.Verdict != pipeline.VerdictReject {
				settled = true
			}
			c.Candidates = slices.DeleteFunc(c.Candidates, func(p ReviewCandidate) bool { return p.PersonID == d.PersonID })
			settled = settled || len(c.Candidates) == 0
		}
		if !settled {
			out = append(out, c)
		}
	}
	return out
}

// casesOf puts the rows of cases together, and with them how the caseload
// recorded the candidates.
func casesOf(rows, recorded []Values) []ReviewCase {
	people := map[string][]Identity{}
	for _, r := range recorded {
		people[r.Text("person_id")] = append(people[r.Text("person_id")], identityOf(r))
	}
	slices.SortStableFunc(rows, func(a, b Values) int {
		return cmp.Or(strings.Compare(a.Text("subject"), b.Text("subject")), cmp.Compare(number(a, "rank_no"), number(b, "rank_no")))
	})
	var out []ReviewCase
	for _, r := range rows {
		if len(out) == 0 || out[len(out)-1].Subject != r.Text("subject") {
			out = append(out, caseOf(r))
		}
		if id := r.Text("person_id"); id != "" {
			c := &out[len(out)-1]
			c.Candidates = append(c.Candidates, candidateOf(r, joinIdentities(people[id])))
		}
	}
	slices.SortFunc(out, func(a, b ReviewCase) int {
		return cmp.Or(strings.Compare(a.Dataset, b.Dataset), strings.Compare(a.Provider, b.Provider),
			cmp.Compare(b.best(), a.best()), strings.Compare(a.Subject, b.Subject))
	})
	return out
}

func number(v Values, column string) float64 {
	n, _ := v.Number(column)
	return n
}

func (c ReviewCase) best() float64 {
	if len(c.Candidates) == 0 {
		return 0
	}
	return c.Candidates[0].Score
}

func identityOf(r Values) Identity {
	var out Identity
	for _, f := range identityFields {
		*f.of(&out) = r.Text(f.Name)
	}
	return out
}

func caseOf(r Values) ReviewCase {
	c := ReviewCase{
		Subject: r.Text("subject"), Dataset: r.Text("dataset"), Provider: r.Text("provider"), Rows: int(number(r, "row_count")),
		Reason: r.Text("reason"), Listed: identityOf(r), Candidates: []ReviewCandidate{},
	}
	c.Listed.Family = joined(c.Listed.Family, r.Text("preferred_family_name"), r.Text("former_family_name"))
	return c
}

func candidateOf(r Values, person Identity) ReviewCandidate {
	c := ReviewCandidate{PersonID: r.Text("person_id"), Score: number(r, "score"), Rule: r.Text("rule"), Person: person, Levels: map[string]string{}}
	for _, f := range identityFields {
		c.Levels[f.Name] = r.Text(f.Name + "_level")
	}
	return c
}

// joinIdentities joins all ways in which somebody was recorded.
func joinIdentities(all []Identity) Identity {
	var out Identity
	for _, f := range identityFields {
		var texts []string
		for i := range all {
			texts = append(texts, *f.of(&all[i]))
		}
		*f.of(&out) = joined(texts...)
	}
	return out
}

func joined(texts ...string) string {
	texts = slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return s == "" })
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), spellings)
}

// spellings stands between several ways of writing one thing.
const spellings = " / "
