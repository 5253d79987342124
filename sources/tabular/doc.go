// Package tabular turns strangers' bytes into records of text cells: CSV in
// the encodings and dialects that schools, colleges and publishers write,
// Excel workbooks, and the XML of the monthly NCCIS return. It decides nothing about meaning. A number, a date or a
// null is text here; the contract reads it. Every record knows the line of the
// original file (for a workbook the row number of the sheet), because that is
// where somebody will look for a fault.
//
// Cells come without NUL, zero-width characters and byte order marks, and with
// ordinary spaces in place of non-breaking ones: nobody typed those on
// purpose, and they make equal words unequal.
package tabular

import (
	"errors"
	"fmt"

	"nightjar/pipeline"
)

// Record is one row of a table. Cells stay valid until the next call of Next.
type Record struct {
	Line  int64 // 1 is the first line of the file or sheet
	Cells [][]byte
	Fault Fault // not empty where the record could not be cut into cells; Cells then holds the whole line
}

// Fault says why a line could not be cut into cells.
type Fault string

// The faults of quoting. A line with a fault is one record of its own and the
// next line starts afresh, so that an open quote cannot swallow a file.
const (
	StrayQuote Fault = "stray_quote"
	OpenQuote  Fault = "open_quote"
	LongRecord Fault = "long_record"
	BadText    Fault = "encoding_broken"
)

// Say explains the fault in one sentence.
func (f Fault) Say() string {
	switch f {
	case StrayQuote:
		return "the text goes on after a closing quotation mark"
	case OpenQuote:
		return "a quotation mark is opened and not closed"
	case LongRecord:
		return fmt.Sprintf("the record is longer than %d KiB", maxRecord>>10)
	case BadText:
		return "the row holds bytes that are no text in the encoding of the file"
	default:
		return ""
	}
}

// Note is something worth knowing about a table that its rows do not show. It
// never holds what a cell held.
type Note struct {
	Rule string
	Line int64 // of the first occurrence; 0 for the whole table
	Say  string
	Hint string
}

// Rows walks over the records of one table from top to bottom.
type Rows interface {
	// Next returns the next record, or io.EOF after the last one.
	Next() (Record, error)
	// Notes returns what was noticed in the rows handed out so far.
	Notes() []Note
	// Close lets go of the table. Closing twice is no error.
	Close() error
}

// File is an open list. The bytes of its path are read once more than Hash
// covers to find encoding and delimiter; only those that gave records count.
type File interface {
	// Form describes how the file is written.
	Form() Form
	// Sheets names the tables that a person sees: the visible sheets of a
	// workbook, or one empty name for a CSV.
	Sheets() []string
	// Rows starts reading a table from its top.
	Rows(sheet string) (Rows, error)
	// Close releases the file. Hash of the bytes read, SHA-256 in hexadecimal,
	// is returned; it is empty where the last table was not read to its end.
	Close() (hash string, err error)
}

// Form is how a file is written, as the report of a night shows it.
type Form struct {
	Kind      string // csv, xlsx or xml
	Encoding  string // utf-8, windows-1252, utf-16, utf-16le or utf-16be without its mark; empty for a workbook
	Delimiter byte   // 0 for anything but CSV
	LineEnd   string // LF, CR LF or CR; empty for anything but CSV
	Date1904  bool   // serial dates count from 1904-01-01
}

// Refusal is a file that cannot be read as a table and never will be.
type Refusal struct {
	Rule string
	Say  string
	Hint string
}

// Error returns the sentence and the advice.
func (r *Refusal) Error() string { return r.Say + "; " + r.Hint }

// Is makes errors.Is(err, pipeline.ErrRefused) hold.
func (r *Refusal) Is(target error) bool { return target == pipeline.ErrRefused }

// AsRefusal returns the refusal in err's chain.
func AsRefusal(err error) (*Refusal, bool) {
	var r *Refusal
	ok := errors.As(err, &r)
	return r, ok
}
