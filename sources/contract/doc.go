// Package contract holds a list against what its dataset promises: it finds
// the header among the rows, chooses the layout, reads every cell by its kind
// and sorts rows into accepted, refused and blank. A reason names the rule and
// the column, never what the cell held.
package contract

import "fmt"

// The rules of a whole row. The rules of a cell stand with their kinds.
const (
	RuleRequired     = "required"
	RuleNotARecord   = "not_a_record"
	RuleTooManyCells = "too_many_cells"
	RuleRepeat       = "repeat"
)

// The rules of a whole file.
const (
	RuleColumnMissing = "column_missing"
	RuleColumnTwice   = "column_twice"
	RuleUnknownColumn = "unknown_column"
	RuleSheets        = "one_sheet"
	RuleDateOrder     = "date_order"
)

// fault is why a cell cannot be read. Each is a package variable: a refused
// cell costs no allocation, and the words cannot depend on the cell.
type fault struct {
	rule string
	say  string // continues "<column> …"
}

func (f *fault) String() string { return fmt.Sprintf("%s (%s)", f.say, f.rule) }

var required = &fault{RuleRequired, "is empty but every row must have it"}
