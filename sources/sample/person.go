package sample

import "nightjar/pipeline"

// status is what a person is at a month end, in the coarse classes that the
// targets count.
type status uint8

const (
	absent     status = iota // not in the caseload that month
	education                // participating in education
	workBased                // apprenticeships and training: participating too
	reengaging               // gap year and re-engagement: neither participating nor NEET
	other                    // a job without training
	neet
	notKnown // 810, 820, 830
	lapsed   // an education record that nobody has confirmed since 31 August
	custody  // outside the cohort
	statuses
)

// class is the column of the published table of groups: EET, NEET, other, not
// known; -1 outside the cohort.
func (s status) class() int {
	switch s {
	case education, workBased, reengaging:
		return 0
	case neet:
		return 1
	case other:
		return 2
	case notKnown, lapsed:
		return 3
	default:
		return -1
	}
}

// never is a month that does not come.
const never = month(1 << 14)

// A person of the sample. Nobody real stands behind one.
type person struct {
	id       int32
	cohort   int // calendar year of the September in which the academic age is 16
	born     pipeline.Date
	sex      byte
	forename string
	surname  string
	upn, uln string // empty when the caseload does not hold one
	lea      string // authority of residence
	educated string // authority of education

	school   int   // institution of Years 7 to 11, -1 none of ours
	plans    []int // place of learning by academic age from 16: index into the learning places
	risk     int   // 0 to 99; the higher, the more often NEET
	ethnic   string
	support  bool // SEN support without a plan
	planFrom month
	planTo   month

	caseload bool  // ever in the caseload
	in, out  month // first month in the caseload; first month no longer counted
	leave    byte  // cohort status in month out: A, T, E, D
	homes    []home
	was      [allMonths]status
	marks    []mark
}

// home is a postcode from a month on.
type home struct {
	from month
	code int32
}

// mark is a circumstance (NCCIS characteristic) for some months.
type mark struct {
	code     int
	from, to month // to is the first month without
}

// ageIn returns the academic age in an academic year.
func (p *person) ageIn(year int) int { return 16 + year - p.cohort }

// postcodeIn returns the postcode's number in a month.
func (p *person) postcodeIn(m month) int32 {
	code := p.homes[0].code
	for _, h := range p.homes[1:] {
		if h.from <= m {
			code = h.code
		}
	}
	return code
}

// hasPlan tells whether the person has an education, health and care plan.
func (p *person) hasPlan(m month) bool { return m >= p.planFrom && m < p.planTo }

// marked tells whether a circumstance holds in a month.
func (p *person) marked(code int, m month) bool {
	for _, k := range p.marks {
		if k.code == code && m >= k.from && m < k.to {
			return true
		}
	}
	return false
}

// counted tells whether the person is in the counted caseload at the month end.
func (p *person) counted(m month) bool { return p.caseload && m >= p.in && m < p.out }
