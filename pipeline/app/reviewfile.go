package app

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/tabular"
	"nightjar/transforms"
)

// reviewFields are the fields that a review file sets side by side.
var reviewFields = []string{"family_name", "given_name", "birth_date", "postcode"}

// reviewColumns is the header of the file that goes to a reviewer and comes
// back: one row per pending case and candidate. The reviewer fills in verdict
// and reason.
func reviewColumns() []transforms.ColumnInfo {
	text := func(name, comment string) transforms.ColumnInfo {
		return transforms.ColumnInfo{Name: name, Type: "VARCHAR", Comment: comment}
	}
	out := []transforms.ColumnInfo{
		text("verdict", "To be filled in: accept, reject or not ours; empty leaves the case as it is."),
		text("reason", "To be filled in: why, in words that name nobody."),
	}
	for _, f := range reviewFields {
		out = append(out, text("listed_"+f, "As the list has it; what the caseload has otherwise stands in brackets."),
			text(f, "As the caseload has it; what the list has otherwise stands in brackets."))
	}
	return append(out,
		text("differs", "Fields that differ, and how."), text("why", "Why matching leaves the case to a person."),
		transforms.ColumnInfo{Name: "score", Type: "DOUBLE", Comment: "Bits by which the two are likelier one person than not."},
		text("rule", "Best reason for the candidate."), text("dataset", "Kind of list."), text("provider", "Inbox folder of the list."),
		transforms.ColumnInfo{Name: "rows", Type: "BIGINT", Comment: "Lines that hold the identity."},
		text("subject", "Stands for the identity on the list; leave it as it is."), text("person_id", "Person of the caseload; leave it as it is."),
	)
}

// Differs names the fields in which a candidate and the list do not agree
// exactly, in a fixed order.
func (c ReviewCandidate) Differs() []string {
	var out []string
	for _, f := range identityFields {
		if l := c.Levels[f.Name]; l != "exact" && l != "missing" && l != "" {
			out = append(out, f.Name+" "+l)
		}
	}
	return out
}

// WriteReview writes cases to a new file, a workbook or CSV by its ending,
// that only its owner can read.
func (a *App) WriteReview(path string, cases []ReviewCase) error {
	if peopleSinks[strings.ToLower(filepath.Ext(path))] == nil {
		return fmt.Errorf("%w: %s must end in .csv or .xlsx", pipeline.ErrUsage, filepath.Base(path))
	}
	if err := a.placeForPeople(path); err != nil {
		return err
	}
	head := transforms.TableHead{
		Name: "review", Comment: "Cases for a person to decide; about people, so keep it to yourself.", Columns: reviewColumns(),
	}
	var rows []Values
	for _, c := range cases {
		for _, p := range c.Candidates {
			rows = append(rows, reviewRow(c, p))
		}
		if len(c.Candidates) == 0 { // can still be told to be not ours
			rows = append(rows, reviewRow(c, ReviewCandidate{}))
		}
	}
	return writePeople(path, head, rows)
}

func reviewRow(c ReviewCase, p ReviewCandidate) Values {
	row := Values{
		"verdict": "", "reason": "", "subject": c.Subject, "person_id": p.PersonID, "dataset": c.Dataset, "provider": c.Provider,
		"rows": int64(c.Rows), "why": c.Reason, "rule": p.Rule, "score": p.Score, "differs": strings.Join(p.Differs(), ", "),
	}
	for _, m := range p.SideBySide(c.Listed) {
		if slices.Contains(reviewFields, m.Field) {
			row["listed_"+m.Field], row[m.Field] = m.Listed, m.Recorded
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

// ReadReview reads the rows of a review file, CSV or workbook, that hold a
// verdict. Every row without one is passed over. Errors name lines, never what
// they hold.
func ReadReview(path, by string) (out []Ruling, err error) {
	file, err := tabular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: review file: %w", pipeline.ErrUsage, err)
	}
	defer func() {
		if _, cerr := file.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("review file: %w", cerr)
		}
	}()
	sheets := file.Sheets()
	if len(sheets) == 0 {
		return nil, noReviewColumn("verdict")
	}
	rows, err := file.Rows(sheets[0]) // an exported workbook has the cases in front
	if err != nil {
		return nil, fmt.Errorf("%w: review file: %w", pipeline.ErrUsage, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	head, err := rows.Next()
	if errors.Is(err, io.EOF) {
		return nil, noReviewColumn("verdict")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: review file: %w", pipeline.ErrUsage, err)
	}
	at, err := reviewPlaces(head)
	if err != nil {
		return nil, err
	}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: review file: %w", pipeline.ErrUsage, err)
		}
		ruling, err := rulingOf(row, at)
		if err != nil {
			return nil, fmt.Errorf("line %d of the review file: %w", row.Line, err)
		}
		if ruling.Verdict != "" {
			ruling.By = by
			out = append(out, ruling)
		}
	}
}

func noReviewColumn(name string) error {
	return fmt.Errorf("%w: the review file has no column %s; export one with nightjar review export", pipeline.ErrUsage, name)
}

// reviewPlaces finds the columns that are read.
func reviewPlaces(head tabular.Record) (map[string]int, error) {
	at := map[string]int{}
	for _, name := range []string{"verdict", "reason", "subject", "person_id"} {
		at[name] = slices.IndexFunc(head.Cells, func(h []byte) bool { return pipeline.FoldWord(string(h)) == pipeline.FoldWord(name) })
		if at[name] < 0 {
			return nil, noReviewColumn(name)
		}
	}
	return at, nil
}

// rulingOf reads one row; it has no verdict where the reviewer gave none.
func rulingOf(row tabular.Record, at map[string]int) (Ruling, error) {
	if row.Fault != "" {
		return Ruling{}, fmt.Errorf("%w: %s; save the file as CSV or workbook again", pipeline.ErrUsage, row.Fault.Say())
	}
	cell := func(name string) string {
		if at[name] >= len(row.Cells) {
			return ""
		}
		return strings.TrimSpace(strings.TrimPrefix(string(row.Cells[at[name]]), "'"))
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
