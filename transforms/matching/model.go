package matching

import "nightjar/pipeline"

// Person is somebody of the caseload with everything it ever recorded of them.
type Person struct {
	ID          string   // stays the same from night to night
	PreviousIDs []string // ids before records were merged into this one
	UPN, ULN    string   // permanent pupil number, learner number; empty when there is none
	Families    []string // family names, as written, any order
	Givens      []string // first names
	Births      []pipeline.Date
	Postcodes   []string
}

// Listed is an identity as a list gives it: one line of it, or all the lines
// that say the same.
type Listed struct {
	Dataset, Provider       string
	Files                   []uint64 // the files that hold it, by any number that is the same for one file
	Year                    string   // academic year the list is about
	Current                 bool     // no newer delivery has replaced one of its lines
	ListKey                 string   // the list's own number of the person
	ClientID                string   // the caseload's id, where the list holds it
	UPN, ULN                string   // empty when absent, temporary or a placeholder
	Family, PreferredFamily string
	FormerFamily, Given     string
	Postcode                string
	Born                    pipeline.Date
	HasBorn                 bool // false when the line holds no birth date
}

// Outcome is what became of a line.
type Outcome string

// The outcomes of a line.
const (
	Linked    Outcome = "linked"    // it is about this person
	ToReview  Outcome = "to_review" // somebody fits, but a person has to decide
	Unmatched Outcome = "unmatched" // nobody fits
)

// Rule names why a line is linked, or the best reason a candidate has.
type Rule string

// The rules, in the order in which they are tried.
const (
	ByDecision      Rule = "decision"            // a reviewer said so
	ByClientID      Rule = "client_id"           // the caseload's own id
	ByUPN           Rule = "upn"                 // permanent pupil number, unique
	ByULN           Rule = "uln"                 // learner number, unique
	ByRemembered    Rule = "remembered_id"       // the list's own number, confirmed by another line
	ByNameBirthDate Rule = "name_birth_date"     // family and first name and birth date exact
	ByCloseNames    Rule = "close_name_postcode" // birth date exact, names close, postcode the same
	ByDateSlip      Rule = "date_slip_postcode"  // names and postcode exact, birth date slipped
	ByScore         Rule = "score"               // none of these, but the fields together
)

// Link is the answer for one line.
type Link struct {
	Match    int    // lines that say the same of a person share it, and so their pairs; good within one result
	Subject  string // stands for this identity on this list, see Subject
	Outcome  Outcome
	PersonID string  // empty unless linked
	Rule     Rule    // empty unless linked
	Score    float64 // bits of the best candidate; 0 without one
	Margin   float64 // bits by which the best is better than the second best; 99 without a second
	Reason   string  // why it is not linked; empty when it is
}

// Pair is a line and somebody it may be about.
type Pair struct {
	Match    int    // Link.Match of the lines it is about
	Subject  string // as in their links
	PersonID string
	Rank     int // 1 for the best candidate of the line
	Rule     Rule
	Score    float64
	Levels   Levels
}

// Result is what Match returns.
type Result struct {
	Links []Link // one per row, in the order of the rows
	Pairs []Pair // by Match, then rank
}
