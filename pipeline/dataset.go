package pipeline

import "strings"

// Kind says how a contract reads the text of a cell, and which Parquet type
// the snapshot holds.
type Kind string

// The kinds of column. The Parquet type follows the arrow.
const (
	Text     Kind = "text"     // trimmed text → VARCHAR
	Day      Kind = "day"      // a civil day → DATE
	Integer  Kind = "integer"  // a whole number → BIGINT
	Decimal  Kind = "decimal"  // a number → DOUBLE
	YesNo    Kind = "yes/no"   // Y, N, Yes, No, True, False, 1, 0 → BOOLEAN
	Code     Kind = "code"     // a word of a reference list → VARCHAR, the list's code
	UPN      Kind = "upn"      // unique pupil number with its check letter → VARCHAR
	ULN      Kind = "uln"      // unique learner number with its check digit; 9999999999 → null
	Postcode Kind = "postcode" // upper case, one space → VARCHAR
	Month    Kind = "month"    // 2021-10, Oct 2021 or a day in it → VARCHAR 2021-10
	Figure   Kind = "figure"   // a published number or the symbol why it is missing → two columns, DOUBLE <name> and VARCHAR <name>_missing
)

// Presence says what a contract demands of a column.
type Presence int

// Optional columns may be absent; a Needed column must be in the header; a
// Required one must also hold a value in every row.
const (
	Optional Presence = iota
	Needed
	Required
)

// Order is the order in which a date column writes its parts when it uses
// slashes, dots or dashes. ISO days and spreadsheet serials are read in any
// order, because they cannot be mistaken.
type Order string

// DMY is the order of every British list; MDY occurs only where a provider's
// mapping declares it.
const (
	DMY Order = "dd/mm/yyyy"
	MDY Order = "mm/dd/yyyy"
)

// Column is one column of a contract: how it is found, how it is read and
// what it means. The contract check, the error text and the manual all come
// from this one value.
type Column struct {
	Name     string   // snake_case name in the snapshot and in raw.<relation>
	Aliases  []string // other header texts; matched blind to case and punctuation
	Kind     Kind
	Presence Presence
	Order    Order  // for Day; DMY when empty
	List     string // for Code: the reference list, sql/ref/<list>.csv
	Width    int    // for Text and Code of digits: pad to this width when a spreadsheet ate leading zeros
	Doc      string // one sentence: meaning and source of the rule
	Example  string
}

// Layout is one form in which a dataset arrives: its own columns and its own
// relation raw.<Relation>. Most datasets have one layout.
type Layout struct {
	Name     string // unique within the dataset
	Relation string // raw relation and lake folder, such as college_starters_ilr
	Columns  []Column
	// RepeatKey names the columns that identify one record of a file. Rows that
	// agree in RepeatKey and in everything but RepeatFree are one record in
	// several rows; other repeats go to quarantine. Empty: repeats are allowed.
	RepeatKey  []string
	RepeatFree []string
	// Headerless is true where files of this layout are published without a
	// header: the columns are then taken in the contract's order.
	Headerless bool
	Doc        string
}

// PeriodRule says where the period of a delivery comes from when the manifest
// names none.
type PeriodRule string

// PeriodFromColumn takes the month of the named column row by row;
// PeriodFromYear takes the academic year of delivered-at; PeriodVintage wants
// YYYY-MM from a column, the manifest or the file name, and refuses the file
// otherwise.
const (
	PeriodFromColumn PeriodRule = "column"
	PeriodFromYear   PeriodRule = "academic year"
	PeriodVintage    PeriodRule = "vintage"
)

// Merge says how deliveries of one provider relate to each other.
type Merge string

// Replaces: a later delivery for the same provider and period replaces the
// earlier whole. Merges: deliveries of a provider and academic year are
// merged, the newest row per key wins. Both rules are carried out in staging,
// over immutable snapshots.
const (
	Replaces Merge = "replaces"
	Merges   Merge = "merges"
)

// Dataset is everything Nightjar knows about one kind of list.
type Dataset struct {
	Name         string // folder under the inbox
	Title        string
	Doc          string
	Layouts      []Layout
	Period       PeriodRule
	PeriodColumn string // for PeriodFromColumn and PeriodVintage; may be empty for the latter
	Merge        Merge
	Personal     bool    // rows are about people
	MaxRejected  float64 // share of rows in quarantine above which the file is not loaded; config may change it
}

// Column returns the layout's column of that name.
func (l Layout) Column(name string) (Column, bool) {
	for _, c := range l.Columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Stored is one column of a snapshot file as Parquet and DuckDB see it.
type Stored struct {
	Name     string
	Type     string // VARCHAR, DATE, TIMESTAMP, BIGINT, DOUBLE, BOOLEAN
	Nullable bool
}

// Provenance lists the columns every accepted row carries besides its own:
// where it stood in which file, and when that file came.
func Provenance() []Stored {
	return []Stored{
		{"dataset", "VARCHAR", false},
		{"provider", "VARCHAR", false},
		{"file_hash", "VARCHAR", false},
		{"file_name", "VARCHAR", false},
		{"sheet", "VARCHAR", false}, // empty for CSV
		{"line", "BIGINT", false},
		{"delivered_at", "TIMESTAMP", false},
		{"delivered_on", "DATE", false},
		{"academic_year", "VARCHAR", false}, // of delivered_on
		{"period", "VARCHAR", false},
	}
}

// StoredColumns returns the columns of the layout's snapshot files and of
// raw.<Relation>: the contract's columns, then provenance. Every contract
// column is nullable but the required ones.
func (l Layout) StoredColumns() []Stored {
	var out []Stored
	for _, c := range l.Columns {
		null := c.Presence != Required
		switch c.Kind {
		case Day:
			out = append(out, Stored{c.Name, "DATE", null})
		case Integer:
			out = append(out, Stored{c.Name, "BIGINT", null})
		case Decimal:
			out = append(out, Stored{c.Name, "DOUBLE", null})
		case YesNo:
			out = append(out, Stored{c.Name, "BOOLEAN", null})
		case Figure:
			out = append(out, Stored{c.Name, "DOUBLE", true}, Stored{c.Name + "_missing", "VARCHAR", true})
		default:
			out = append(out, Stored{c.Name, "VARCHAR", null})
		}
	}
	return append(out, Provenance()...)
}

// QuarantineColumns lists the columns of a quarantine file: one row per
// refused row of a list. raw_text holds personal data and never leaves the
// restricted folder.
func QuarantineColumns() []Stored {
	return []Stored{
		{"dataset", "VARCHAR", false},
		{"provider", "VARCHAR", false},
		{"file_hash", "VARCHAR", false},
		{"file_name", "VARCHAR", false},
		{"sheet", "VARCHAR", false},
		{"line", "BIGINT", false},
		{"column_name", "VARCHAR", false},
		{"rule", "VARCHAR", false},
		{"reason", "VARCHAR", false},
		{"raw_text", "VARCHAR", false},
		{"delivered_at", "TIMESTAMP", false},
		{"delivered_on", "DATE", false},
	}
}

// CodeList turns the words of a reference list into its codes. Words are
// matched blind to case and punctuation.
type CodeList struct {
	Name   string
	codes  map[string]string
	groups map[string]string
}

// NewCodeList returns a list that reads each word as its code.
func NewCodeList(name string, words map[string]string) CodeList {
	codes := make(map[string]string, len(words))
	for w, c := range words {
		codes[FoldWord(w)] = c
	}
	return CodeList{Name: name, codes: codes}
}

// WithGroups returns the list with the headline group of each code, such as
// NEET, for lists that have one.
func (l CodeList) WithGroups(groups map[string]string) CodeList {
	l.groups = groups
	return l
}

// Group returns the headline group of a code; empty where the list has none.
func (l CodeList) Group(code []byte) string { return l.groups[string(code)] }

// Code returns the code of a word, and false when the list does not know it.
func (l CodeList) Code(word string) (string, bool) {
	if c, ok := l.codes[word]; ok { // most cells are already in folded form
		return c, true
	}
	c, ok := l.codes[FoldWord(word)]
	return c, ok
}

// FoldWord reduces a header or a list word to what identifies it: lower-case
// letters and digits. "NEETStartDate", "Neet start-date" and
// "neet_start_date" are one word.
func FoldWord(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r + 'a' - 'A')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Profile is what one provider's files need beyond the contract: other header
// texts and declared date orders. It comes from the configuration.
type Profile struct {
	Columns map[string]string // header text → contract column
	Dates   map[string]Order  // contract column → order in which this provider writes days
}
