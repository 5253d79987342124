package report

import "slices"

// Page is the content of a report.
type Page struct {
	Area      string // our authority
	Title     string // says "synthetic" where a row shown says so, or all of them are
	Label     string // who may see it
	Rule      string // what was done to small counts
	AsAt      string // day of the last delivery known, in words
	Known     string // day asked for, in words, where it is another day
	Month     string // latest month with a caseload
	Synthetic bool
	Sections  []Section
	Terms     []Term
}

// Section is one subject: its sentences, its chart and the table behind it.
type Section struct {
	ID, Title  string
	Sentences  []string
	Chart      *Chart
	Table      *Table
	Definition string // stands beside the numbers, with the as-at date
	Synthetic  bool
	Published  bool // figures that others published, whatever ours are
}

// Table is a table with a caption; the first column names the row.
type Table struct {
	Caption string
	Head    []string
	Rows    []TableRow
}

// TableRow is one row; Mark sets our authority apart, Note says beside the
// row's name what it counts.
type TableRow struct {
	Cells []string
	Mark  bool
	Note  string
}

// Term is an entry of the list of definitions.
type Term struct{ Name, Meaning string }

// Build makes the content of the page. Subjects without rows are left out.
func Build(in Input) Page {
	p := Page{Area: ownName(in.Areas), Terms: terms, Label: in.Profile.Label, Rule: in.Profile.Rule}
	if in.Profile.controlled() {
		p.Terms = append(slices.Clone(terms), symbolTerms...)
	}
	if len(in.Build) > 0 {
		asAt, known := in.Build[0].Text("as_at"), in.Build[0].Text("known_until")
		p.AsAt = dayWords(asAt)
		if known != asAt {
			p.Known = dayWords(known)
		}
	}
	if last := latest(in.Rates, "month_end"); last != "" {
		p.Month = periodWords(last)
	}
	for _, make := range []func(Input) []Section{
		indicators, yearOnYear, headline, wards, wardYears, ranking, groups, guarantee, survey, early, quality,
	} {
		p.Sections = append(p.Sections, make(in)...)
	}
	for i, s := range p.Sections {
		if in.Synthetic && !s.Published && !s.Synthetic {
			p.Sections[i].Synthetic = true
			p.Sections[i].Title += " (synthetic)"
		}
		p.Synthetic = p.Synthetic || p.Sections[i].Synthetic
	}
	p.Title = subjectTitle(p)
	switch {
	case in.Synthetic:
		p.Title += " (synthetic: nobody counted here exists)"
	case p.Synthetic:
		p.Title += " (contains synthetic figures)"
	}
	return p
}

func subjectTitle(p Page) string {
	t := "Young people not in education, employment or training: " + p.Area
	if p.Month != "" {
		t += ", " + p.Month
	}
	return t
}

func ownName(areas []Row) string {
	for _, r := range areas {
		if r.is("is_own_area") {
			return r.Text("area_name")
		}
	}
	return "the borough"
}

// latest returns the greatest text of a column.
func latest(rows []Row, column string) string {
	last := ""
	for _, r := range rows {
		last = max(last, r.Text(column))
	}
	return last
}

// pick returns the rows that have these texts, column and text by turns.
func pick(rows []Row, pairs ...string) []Row {
	var out []Row
	for _, r := range rows {
		fits := true
		for i := 0; i+1 < len(pairs); i += 2 {
			fits = fits && r.Text(pairs[i]) == pairs[i+1]
		}
		if fits {
			out = append(out, r)
		}
	}
	return out
}

var terms = []Term{
	{"NEET", "Not in education, employment or training."},
	{"Not known", "Activity not known, or last confirmed so long ago that it no longer counts."},
	{"NEET or not known", "Both together, from counts, never the sum of two rounded rates."},
	{"Cohort", "Residents of the academic age stated, as at 31 August before the school year, with our authority as lead. Young adults in custody are left out."},
	{"Participating", "In an activity that meets the duty to participate. Jobs without regulated training do not."},
	{"December to February", "Sum of the three months' counts over the sum of their cohorts: the figure that is published nationally."},
	{"Points", "Percentage points: the difference of two rates."},
	{"Rank", "1 = best. Authorities with the same figure share the better rank, and the number of ties is said. n is the number of authorities with a figure."},
	{"Within the noise of small counts", noiseMethod},
	{"Rounding", "Every figure is rounded once, half away from zero, from the unrounded one. A change may therefore differ by 0.1 from the difference of the two figures printed."},
	{"As at", "The day of the last delivery that the figures know. Later corrections are not in them."},
}

// symbolTerms are what stands in the place of figures under disclosure control.
var symbolTerms = []Term{
	{"c", "Confidential: a small count, or one from which a small one could be worked out, and every rate that rests on it."},
	{"x, z, low", "Not available; not applicable; rounds to nought and is not nought."},
}
