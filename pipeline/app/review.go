package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
	"nightjar/transforms/matching"
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

// Pending returns what waits for a reviewer, as matching sees it with
// everything loaded and decided so far. It holds people: show it to nobody
// but the reviewer. The order is by dataset, provider, then the best score.
func (a *App) Pending(ctx context.Context) ([]ReviewCase, error) {
	m, _, err := a.matches(ctx)
	if err != nil {
		return nil, err
	}
	return casesOf(m), nil
}

// matches runs matching aside and returns it with every decision ever taken.
func (a *App) matches(ctx context.Context) (m transforms.Matches, all []pipeline.Decision, err error) {
	in, all, err := a.reviewInput(ctx)
	if err != nil {
		return m, nil, err
	}
	if err := a.makeFolders(); err != nil {
		return m, nil, err
	}
	// A room of its own, where a night that begins meanwhile sweeps nothing away.
	dir, err := os.MkdirTemp(a.restricted(), "review-")
	if err != nil {
		return m, nil, fmt.Errorf("review: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w, err := a.warehouse(dir, nil)
	if err != nil {
		return m, nil, err
	}
	m, err = w.Match(ctx, in)
	return m, all, err
}

// reviewInput gathers every loaded delivery and what was decided up to now.
func (a *App) reviewInput(ctx context.Context) (pipeline.BuildInput, []pipeline.Decision, error) {
	in := pipeline.BuildInput{RunID: "review"}
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		return in, nil, err
	}
	defer book.Close()
	files, err := book.Files(ctx)
	if err != nil {
		return in, nil, err
	}
	for _, f := range files {
		if f.Status == pipeline.FileLoaded {
			in.Files = append(in.Files, f)
			in.AsAt = max(in.AsAt, f.DeliveredOn)
		}
	}
	in.KnownUntil = in.AsAt
	all, err := book.Decisions(ctx)
	in.Decisions = pipeline.DecisionsInForce(all, pipeline.LastDate)
	return in, all, err
}

func casesOf(m transforms.Matches) []ReviewCase {
	people := map[string]matching.Person{}
	for _, p := range m.People {
		people[p.ID] = p
	}
	pairs := map[int][]matching.Pair{}
	for _, p := range m.Result.Pairs {
		pairs[p.Match] = append(pairs[p.Match], p)
	}
	at := map[string]int{}
	var out []ReviewCase
	for i, l := range m.Result.Links {
		if l.Outcome != matching.ToReview || !m.Rows[i].Current {
			continue
		}
		if known, ok := at[l.Subject]; ok {
			out[known].Rows++
			continue
		}
		at[l.Subject] = len(out)
		out = append(out, caseOf(m.Rows[i], l, pairs[l.Match], people))
	}
	slices.SortFunc(out, func(a, b ReviewCase) int {
		return cmp.Or(strings.Compare(a.Dataset, b.Dataset), strings.Compare(a.Provider, b.Provider),
			cmp.Compare(b.best(), a.best()), strings.Compare(a.Subject, b.Subject))
	})
	return out
}

func (c ReviewCase) best() float64 {
	if len(c.Candidates) == 0 {
		return 0
	}
	return c.Candidates[0].Score
}

func caseOf(r matching.Listed, l matching.Link, pairs []matching.Pair, people map[string]matching.Person) ReviewCase {
	c := ReviewCase{Subject: l.Subject, Dataset: r.Dataset, Provider: r.Provider, Rows: 1, Reason: l.Reason, Candidates: []ReviewCandidate{}}
	c.Listed = Identity{Family: joined(r.Family, r.PreferredFamily, r.FormerFamily), Given: r.Given, Postcode: r.Postcode, UPN: r.UPN, ULN: r.ULN}
	if r.HasBorn {
		c.Listed.Born = r.Born.String()
	}
	for _, p := range pairs {
		person := people[p.PersonID]
		var days []string
		for _, d := range person.Births {
			days = append(days, d.String())
		}
		c.Candidates = append(c.Candidates, ReviewCandidate{
			PersonID: p.PersonID, Score: p.Score, Rule: string(p.Rule),
			Levels: map[string]string{
				"family_name": p.Levels.Family.String(), "given_name": p.Levels.Given.String(), "birth_date": p.Levels.Birth.String(),
				"postcode": p.Levels.Postcode.String(), "upn": p.Levels.UPN.String(), "uln": p.Levels.ULN.String(),
			},
			Person: Identity{
				Family: joined(person.Families...), Given: joined(person.Givens...), Born: joined(days...),
				Postcode: joined(person.Postcodes...), UPN: person.UPN, ULN: person.ULN,
			},
		})
	}
	return c
}

func joined(texts ...string) string {
	texts = slices.DeleteFunc(slices.Clone(texts), func(s string) bool { return s == "" })
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), " / ")
}
