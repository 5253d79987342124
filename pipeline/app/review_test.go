package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
	"nightjar/transforms"
)

const subjectA, subjectB = "aaaaaa00000000000000000000000000", "aaaaaabb000000000000000000000000"

func pendingRows() (cases, recorded []Values) {
	row := func(person string, rank int64, score float64, given string) Values {
		return Values{
			"subject": subjectA, "person_id": person, "rank_no": rank, "score": score, "dataset": "ucas", "provider": "school", "reason": "why",
			"row_count": int64(2), "family_name": "Wren", "given_name": "Lcuy", "former_family_name": "Robin",
			"family_name_level": "exact", "given_name_level": given, "birth_date_level": "missing",
		}
	}
	cases = []Values{row("p2", 2, 1, "different"), row("p1", 1, 9.5, "close")}
	recorded = []Values{
		{"person_id": "p1", "family_name": "Wren", "given_name": "Lucy"}, {"person_id": "p1", "family_name": "=Wren", "given_name": "Lucy"},
		{"person_id": "p2", "given_name": "George"},
	}
	return cases, recorded
}

func pendingCases() []ReviewCase { return casesOf(pendingRows()) }

func TestCasesArePutTogether(t *testing.T) {
	t.Parallel()
	cases := pendingCases()
	if len(cases) != 1 || cases[0].Rows != 2 || len(cases[0].Candidates) != 2 || cases[0].Listed.Family != "Robin / Wren" {
		t.Fatalf("%d cases", len(cases))
	}
	c := cases[0].Candidates[0]
	if c.PersonID != "p1" || c.Person.Family != "=Wren / Wren" || !slices.Equal(c.Differs(), []string{"given_name close"}) {
		t.Errorf("candidate differs in %v", c.Differs())
	}
}

func TestDecidedCasesAreNotPending(t *testing.T) {
	t.Parallel()
	const run = "20211106T020000.000Z"
	at := func(hour int, person string, v pipeline.Verdict) pipeline.Decision {
		return pipeline.Decision{Subject: subjectA, PersonID: person, Verdict: v, DecidedAt: time.Date(2021, 11, 6, hour, 0, 0, 0, time.UTC)}
	}
	for _, c := range []struct {
		name       string
		decisions  []pipeline.Decision
		candidates int
	}{
		{"none", nil, 2},
		{"of another subject", []pipeline.Decision{{Subject: subjectB, PersonID: "p1", Verdict: pipeline.VerdictAccept, DecidedAt: time.Date(2021, 11, 7, 0, 0, 0, 0, time.UTC)}}, 2},
		{"the night knew it", []pipeline.Decision{at(1, "p1", pipeline.VerdictAccept)}, 2},
		{"accepted since", []pipeline.Decision{at(3, "p1", pipeline.VerdictAccept)}, 0},
		{"somebody else accepted", []pipeline.Decision{at(3, "p9", pipeline.VerdictAccept)}, 0},
		{"not ours", []pipeline.Decision{at(3, "", pipeline.VerdictNotOurs)}, 0},
		{"one rejected", []pipeline.Decision{at(3, "p1", pipeline.VerdictReject)}, 1},
		{"both rejected", []pipeline.Decision{at(3, "p1", pipeline.VerdictReject), at(4, "p2", pipeline.VerdictReject)}, 0},
	} {
		left := 0
		for _, one := range undecided(pendingCases(), decidedSince(c.decisions, run)) {
			left += len(one.Candidates)
		}
		if left != c.candidates {
			t.Errorf("%s: %d candidates left, want %d", c.name, left, c.candidates)
		}
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ listed, recorded, wantListed, wantRecorded string }{
		{"Lcuy", "Lucy", "L[cu]y", "L[uc]y"}, {"Anna", "Hannah", "[Anna]", "[Hannah]"},
		{"LUCY", "Lucy", "LUCY", "Lucy"}, {"Mia", "Zoë", "[Mia]", "[Zoë]"}, {"Smith", "Smithe", "Smith[]", "Smith[e]"},
		{"Wren", "Finch / Wrenn", "Wren[]", "Finch / Wren[n]"}, {"2005-02-14", "2005-02-15", "2005-02-1[4]", "2005-02-1[5]"},
	} {
		listed, recorded := markSpellings(c.listed, c.recorded)
		if listed != c.wantListed || recorded != c.wantRecorded {
			t.Errorf("%s and %s are marked %s and %s, want %s and %s", c.listed, c.recorded, listed, recorded, c.wantListed, c.wantRecorded)
		}
	}
}

func TestRulings(t *testing.T) {
	t.Parallel()
	subjects, people := pendingRows()
	k := newKnown(subjects, people, []pipeline.Decision{
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

// What is exported and filled in comes back as rulings: as CSV, also from a
// spreadsheet that put a byte order mark in front and semicolons between, and
// as a workbook.
func TestReviewFileThereAndBack(t *testing.T) {
	t.Parallel()
	a := &App{cfg: &config.Config{}}
	a.cfg.Folders.Data = t.TempDir()
	path := filepath.Join(t.TempDir(), "review.csv")
	if err := a.WriteReview(path, pendingCases()); err != nil {
		t.Fatal(err)
	}
	if err := a.WriteReview(path, nil); !errors.Is(err, pipeline.ErrUsage) {
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
	if !strings.Contains(string(body), "'=Wren") || !strings.Contains(string(body), "L[cu]y,L[uc]y") {
		t.Error("a formula could run in a spreadsheet, or nothing is marked")
	}
	want := []Ruling{{Subject: subjectA, PersonID: "p1", Verdict: pipeline.VerdictAccept, By: "me", Reason: "known to school"}}
	filled := strings.Replace(string(body), "\n,,", "\nAccept,known to school,", 1)
	for name, text := range map[string]string{"as it was": filled, "by a spreadsheet": "\ufeff" + strings.ReplaceAll(filled, ",", ";")} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadReview(path, "me"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: came back as %v, %v", name, got, err)
		}
	}
}

func TestReviewWorkbookThereAndBack(t *testing.T) {
	t.Parallel()
	a := &App{cfg: &config.Config{}}
	a.cfg.Folders.Data = t.TempDir()
	path := filepath.Join(t.TempDir(), "review.xlsx")
	cases := pendingCases()
	head := transforms.TableHead{Name: "review", Columns: reviewColumns()}
	row := reviewRow(cases[0], cases[0].Candidates[0])
	row["verdict"], row["reason"] = "not ours", "moved away"
	if err := writePeople(path, head, []Values{reviewRow(cases[0], cases[0].Candidates[1]), row}); err != nil {
		t.Fatal(err)
	}
	got, err := ReadReview(path, "me")
	want := []Ruling{{Subject: subjectA, PersonID: "p1", Verdict: pipeline.VerdictNotOurs, By: "me", Reason: "moved away"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("came back as %v, %v", got, err)
	}
	if err := a.WriteReview(filepath.Join(t.TempDir(), "review.xlsx"), cases); err != nil {
		t.Error(err)
	}
	if err := a.WriteReview(filepath.Join(t.TempDir(), "review.doc"), cases); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("a file that is no table is written: %v", err)
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
