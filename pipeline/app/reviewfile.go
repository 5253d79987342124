package app

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"nightjar/pipeline"
)

// reviewColumns is the header of the file that goes to a reviewer and comes
// back: one row per pending line and candidate. The reviewer fills in verdict
// and reason.
var reviewColumns = []string{
	"verdict", "reason", "subject", "person_id", "dataset", "provider", "rows", "why", "rule", "score", "differs",
	"listed_family_name", "listed_given_name", "listed_birth_date", "listed_postcode",
	"family_name", "given_name", "birth_date", "postcode",
}

// Differs names the fields in which a candidate and the list do not agree
// exactly, in a fixed order.
func (c ReviewCandidate) Differs() []string {
	var out []string
	for _, f := range []string{"family_name", "given_name", "birth_date", "postcode", "upn", "uln"} {
		if l := c.Levels[f]; l != "exact" && l != "missing" {
			out = append(out, f+" "+l)
		}
	}
	return out
}

// WriteReview writes cases to a file that only its owner can read. It replaces
// no file.
func WriteReview(path string, cases []ReviewCase) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("%w: review file: %w; name a file that does not exist", pipeline.ErrUsage, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	if err := w.Write(reviewColumns); err != nil {
		return err
	}
	for _, c := range cases {
		for _, p := range c.Candidates {
			if err := w.Write(reviewRow(c, p)); err != nil {
				return fmt.Errorf("review file: %w", err)
			}
		}
	}
	w.Flush()
	return w.Error()
}

func reviewRow(c ReviewCase, p ReviewCandidate) []string {
	row := []string{
		"", "", c.Subject, p.PersonID, c.Dataset, c.Provider, strconv.Itoa(c.Rows), c.Reason, p.Rule,
		strconv.FormatFloat(p.Score, 'f', 1, 64), strings.Join(p.Differs(), ", "),
		c.Listed.Family, c.Listed.Given, c.Listed.Born, c.Listed.Postcode,
		p.Person.Family, p.Person.Given, p.Person.Born, p.Person.Postcode,
	}
	for i, cell := range row {
		if reviewColumns[i] != "score" {
			row[i] = harmless(cell)
		}
	}
	return row
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// ReadReview reads the rows of a review file that hold a verdict. Every row
// without one is passed over. Errors name lines, never what they hold.
func ReadReview(path, by string) ([]Ruling, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: review file: %w", pipeline.ErrUsage, err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: the review file has no header; export one with nightjar review export", pipeline.ErrUsage)
	}
	at := map[string]int{}
	for _, name := range []string{"verdict", "reason", "subject", "person_id"} {
		at[name] = slices.IndexFunc(head, func(h string) bool { return pipeline.FoldWord(h) == pipeline.FoldWord(name) })
		if at[name] < 0 {
			return nil, fmt.Errorf("%w: the review file has no column %s; export one with nightjar review export", pipeline.ErrUsage, name)
		}
	}
	var out []Ruling
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			return nil, fmt.Errorf("%w: the review file cannot be read from line %d on; save it as CSV", pipeline.ErrUsage, broken.StartLine)
		}
		if err != nil {
			return nil, fmt.Errorf("review file: %w", err)
		}
		line, _ := r.FieldPos(0)
		ruling, err := rulingOf(row, at)
		if err != nil {
			return nil, fmt.Errorf("line %d of the review file: %w", line, err)
		}
		if ruling.Verdict != "" {
			ruling.By = by
			out = append(out, ruling)
		}
	}
}

// rulingOf reads one row; it has no verdict where the reviewer gave none.
func rulingOf(row []string, at map[string]int) (Ruling, error) {
	cell := func(name string) string {
		if at[name] >= len(row) {
			return ""
		}
		return strings.TrimSpace(strings.TrimPrefix(row[at[name]], "'"))
	}
	word := pipeline.FoldWord(cell("verdict"))
	if word == "" {
		return Ruling{}, nil
	}
	verdict, ok := verdictWords[word]
	if !ok {
		return Ruling{}, fmt.Errorf("%w: a verdict is accept, reject or not ours", pipeline.ErrUsage)
	}
	return Ruling{Subject: cell("subject"), PersonID: cell("person_id"), Verdict: verdict, Reason: cell("reason")}, nil
}

var verdictWords = map[string]pipeline.Verdict{
	"accept": pipeline.VerdictAccept, "accepted": pipeline.VerdictAccept, "yes": pipeline.VerdictAccept, "y": pipeline.VerdictAccept,
	"reject": pipeline.VerdictReject, "rejected": pipeline.VerdictReject, "no": pipeline.VerdictReject, "n": pipeline.VerdictReject,
	"notours": pipeline.VerdictNotOurs, "notinourarea": pipeline.VerdictNotOurs, "undo": pipeline.VerdictUndone, "undone": pipeline.VerdictUndone,
}
