package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/transforms"
	"nightjar/transforms/matching"
)

const subjectA, subjectB = "aaaaaa00000000000000000000000000", "aaaaaabb000000000000000000000000"

func pendingMatches() transforms.Matches {
	return transforms.Matches{
		People: []matching.Person{{ID: "p1", Families: []string{"=Wren", "Wren"}, Givens: []string{"Lucy"}}, {ID: "p2"}},
		Rows: []matching.Listed{
			{Dataset: "ucas", Provider: "school", Family: "Wren", Given: "Lcuy", Current: true},
			{Dataset: "ucas", Provider: "school", Family: "Wren", Given: "Lcuy", Current: true},
			{Dataset: "ucas", Provider: "school", Family: "Old", Given: "Row"},
		},
		Result: matching.Result{
			Links: []matching.Link{
				{Match: 1, Subject: subjectA, Outcome: matching.ToReview, Reason: "why"},
				{Match: 1, Subject: subjectA, Outcome: matching.ToReview, Reason: "why"},
				{Match: 2, Subject: subjectB, Outcome: matching.ToReview},
			},
			Pairs: []matching.Pair{
				{Match: 1, Subject: subjectA, PersonID: "p1", Rank: 1, Score: 9.5, Levels: matching.Levels{Family: matching.Exact, Given: matching.Close}},
				{Match: 1, Subject: subjectA, PersonID: "p2", Rank: 2, Score: 1},
			},
		},
	}
}

func TestCasesAreCurrentAndOnce(t *testing.T) {
	t.Parallel()
	cases := casesOf(pendingMatches())
	if len(cases) != 1 || cases[0].Rows != 2 || len(cases[0].Candidates) != 2 {
		t.Fatalf("%d cases", len(cases))
	}
	c := cases[0].Candidates[0]
	if c.Person.Family != "=Wren / Wren" || !slices.Equal(c.Differs(), []string{"given_name close"}) {
		t.Errorf("candidate differs in %v", c.Differs())
	}
}

func TestRulings(t *testing.T) {
	t.Parallel()
	k := knowledge(pendingMatches(), []pipeline.Decision{
		{Subject: subjectB, PersonID: "p1", Verdict: pipeline.VerdictAccept}, {Subject: subjectB, PersonID: "p2", Verdict: pipeline.VerdictReject},
	})
	for _, c := range []struct {
		name    string
		subject string
		person  string
		verdict pipeline.Verdict
		by      string
		want    int
		wrong   bool
	}{
		{"accept", subjectA, "p1", pipeline.VerdictAccept, "me", 1, false},
		{"by its beginning", "AAAAAA0", "p1", pipeline.VerdictReject, "me", 1, false},
		{"not ours", subjectA, "", pipeline.VerdictNotOurs, "me", 1, false},
		{"in force already", subjectB, "p1", pipeline.VerdictAccept, "me", 0, false},
		{"undo everything", subjectB, "", pipeline.VerdictUndone, "me", 2, false},
		{"undo one", subjectB, "p2", pipeline.VerdictUndone, "me", 1, false},
		{"nothing to undo", subjectA, "", pipeline.VerdictUndone, "me", 0, true},
		{"two begin so", "aaaaaa", "p1", pipeline.VerdictAccept, "me", 0, true},
		{"too short", "aaa", "p1", pipeline.VerdictAccept, "me", 0, true},
		{"unknown subject", "bbbbbbbb", "p1", pipeline.VerdictAccept, "me", 0, true},
		{"unknown person", subjectA, "p9", pipeline.VerdictAccept, "me", 0, true},
		{"nobody decided", subjectA, "p1", pipeline.VerdictAccept, "", 0, true},
		{"unknown verdict", subjectA, "p1", "perhaps", "me", 0, true},
	} {
		got, err := k.decisions(Ruling{Subject: c.subject, PersonID: c.person, Verdict: c.verdict, By: c.by})
		if len(got) != c.want || (err != nil) != c.wrong || err != nil && !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("%s: %d decisions, %v", c.name, len(got), err)
		}
	}
}

// What is exported and filled in comes back as rulings, also from a
// spreadsheet that put a byte order mark in front.
func TestReviewFileThereAndBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "review.csv")
	if err := WriteReview(path, casesOf(pendingMatches())); err != nil {
		t.Fatal(err)
	}
	if err := WriteReview(path, nil); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("an existing file is replaced: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), "'=Wren") {
		t.Error("a formula could run in a spreadsheet")
	}
	filled := "\ufeff" + strings.Replace(string(body), "\n,,"+subjectA, "\nAccept,known to school,"+subjectA, 1)
	if err := os.WriteFile(path, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadReview(path, "me")
	want := []Ruling{{Subject: subjectA, PersonID: "p1", Verdict: pipeline.VerdictAccept, By: "me", Reason: "known to school"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("came back as %v, %v", got, err)
	}
}

func TestReviewFileIsRefusedByLine(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "no verdict column": "subject,person_id,reason\n", "unknown word": "verdict,reason,subject,person_id\nperhaps,,s,secretname\n",
		"broken quotes": "verdict,reason,subject,person_id\n\"accept,,s,secretname\n",
	} {
		path := filepath.Join(t.TempDir(), "review.csv")
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadReview(path, "me")
		if !errors.Is(err, pipeline.ErrUsage) || strings.Contains(err.Error(), "secretname") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
