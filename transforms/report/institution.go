package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Institution is what the page of a school or college is made of: its own rows
// only, and the borough's rates beside them.
type Institution struct {
	Name         string
	Synthetic    bool
	Build        []Row // meta.build
	Returns      []Row // institution_returns
	Guarantee    []Row // september_guarantee
	Survey       []Row // activity_survey
	Destinations []Row // destinations, by route
	Quality      []Row // provider_quality
	Borough      []Row // september_guarantee of all
	Leavers      []Row // activity_survey of all
}

// BuildInstitution makes the content of an institution's page.
func BuildInstitution(in Institution) Page {
	p := Page{
		Area: in.Name, Label: "for " + in.Name + " only", Terms: ownTerms, Synthetic: in.Synthetic,
		Rule: "These are your own pupils and students: small counts are shown as they are. Keep the page to those who need it; it is not for publication.",
	}
	if len(in.Build) > 0 {
		p.AsAt = dayWords(in.Build[0].Text("as_at"))
	}
	for _, make := range []func(Institution) []Section{ownFigures, ownGuarantee, ownSurvey, ownStarters, ownPlaces, ownRolls, ownQuality} {
		p.Sections = append(p.Sections, make(in)...)
	}
	p.Title = "Offers, destinations and participation of pupils: " + in.Name
	if in.Synthetic {
		p.Title = "Offers, destinations and participation of pupils: " + strings.TrimSuffix(in.Name, " (synthetic)") + " (synthetic: nobody counted here exists)"
		for i := range p.Sections {
			p.Sections[i].Title += " (synthetic)"
		}
	}
	return p
}

// ownFigure is a rate of an institution, year by year, beside the borough's.
type ownFigure struct {
	name, means, year, rate, count, of string
	rows, borough                      []Row
}

func (in Institution) figures() []ownFigure {
	offers := func(group string) ownFigure {
		f := ownFigure{year: "guarantee_year", rate: "offer_made_percent", count: "offer_made_count", of: "cohort_count", means: "pupils with an offer of a place by 30 September ÷ pupils on your roll on 31 May"}
		f.name = "September Guarantee, " + yearGroup(Row{"year_group": group})
		final := func(r Row) bool { return !r.is("is_final") || r.value("cohort_count") == 0 }
		f.rows = slices.DeleteFunc(pick(in.Guarantee, "year_group", group), final)
		f.borough = slices.DeleteFunc(pick(in.Borough, "year_group", group), final)
		return f
	}
	known := func(r Row) bool { return r.value("known_count") == 0 }
	return []ownFigure{
		offers("Y11"), offers("Y12"),
		{"Year 11 leavers meeting the duty to participate", "meeting on 1 November ÷ leavers whose activity is known", "leaving_year", "meeting_percent", "meeting_count", "known_count",
			slices.DeleteFunc(slices.Clone(in.Survey), known), slices.DeleteFunc(slices.Clone(in.Leavers), known)},
	}
}

// at returns the row of a year.
func (f ownFigure) at(rows []Row, year float64) Row {
	for _, r := range rows {
		if r.value(f.year) == year {
			return r
		}
	}
	return nil
}

func (f ownFigure) years() []float64 {
	var out []float64
	for _, r := range f.rows {
		out = append(out, r.value(f.year))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ownFigures sets the newest year beside the one before and the borough.
func ownFigures(in Institution) []Section {
	t := &Table{Caption: "Key figures", Head: []string{"Figure", "Year", "Yours", "Of", "Year before", "Change", "Borough", "Direction"}}
	var say []string
	for _, f := range in.figures() {
		years := f.years()
		if len(years) == 0 {
			continue
		}
		year := years[len(years)-1]
		now, before, borough := f.at(f.rows, year), f.at(f.rows, year-1), f.at(f.borough, year)
		diff, direction := f.change(now, before)
		t.Rows = append(t.Rows, TableRow{Note: f.means, Cells: []string{f.name, fmt.Sprintf("%.0f", year), percentCell(now, f.rate), now.cell(f.of, 0), percentCell(before, f.rate), diff, percentCell(borough, f.rate), direction}})
		s := fmt.Sprintf("%s: %s in %.0f (%s of %s)", f.name, percentCell(now, f.rate), year, now.cell(f.count, 0), now.cell(f.of, 0))
		if b, ok := borough.Number(f.rate); ok {
			s += ", " + compared(now.value(f.rate)-b, 1, "per cent") + " the borough (" + percentCell(borough, f.rate) + ")"
			if round(now.value(f.rate)-b, 1) != 0 && noise(capped(now, f.count, f.of), now.value(f.of), capped(borough, f.count, f.of), borough.value(f.of)) {
				s += "; the difference is within the noise of small counts"
			}
		}
		say = append(say, s+".")
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []Section{{ID: "own", Title: "Key figures", Sentences: say, Table: t,
		Definition: "Pupils on your roll, wherever they live. Rates are in per cent, changes in percentage points from unrounded figures. The borough is all schools and colleges whose rolls we have, yours among them. " + noiseMethod}}
}

// capped keeps offers to later joiners from making more than everybody.
func capped(r Row, count, of string) float64 { return min(r.value(count), r.value(of)) }

func percentCell(r Row, column string) string {
	if v, ok := r.Number(column); ok {
		return withUnit(v, 1, "per cent")
	}
	return "–"
}

func (f ownFigure) change(now, before Row) (diff, direction string) {
	a, ok1 := now.Number(f.rate)
	b, ok2 := before.Number(f.rate)
	if !ok1 || !ok2 {
		return "–", "nothing to compare with"
	}
	diff = change(a-b, 1)
	switch {
	case round(a-b, 1) == 0:
		return diff, "→ unchanged"
	case noise(capped(now, f.count, f.of), now.value(f.of), capped(before, f.count, f.of), before.value(f.of)):
		return diff, arrow(a-b) + ", within noise"
	case a > b:
		return diff, arrow(a-b) + ", better"
	default:
		return diff, arrow(a-b) + ", worse"
	}
}

func arrow(d float64) string {
	if d < 0 {
		return "▼ down"
	}
	return "▲ up"
}

// trendOf draws a figure over the years beside the borough's.
func (f ownFigure) trendOf(id, name string) (*Chart, string) {
	years := f.years()
	if len(years) < 2 {
		return nil, ""
	}
	own, all := Series{Name: "yours"}, Series{Name: "borough"}
	var labels []string
	for _, y := range years {
		labels = append(labels, fmt.Sprintf("%.0f", y))
		own.Values = append(own.Values, numberOf(f.at(f.rows, y), f.rate))
		all.Values = append(all.Values, numberOf(f.at(f.borough, y), f.rate))
	}
	say := trendSentence(f.name+" of "+name, labels, own.Values)
	from := below(own, all)
	unit := "per cent"
	if from > 0 {
		unit = fmt.Sprintf("per cent; the axis begins at %.0f", from)
	}
	c := lineChart(id, "Line chart by year of "+f.name+", yours and the borough's.", say, unit, labels, own, all)
	c.From = from
	return c, say
}

// below returns the ten below all values: rates near a hundred would lie on
// each other over an axis from nought.
func below(lines ...Series) float64 {
	least := 100.0
	for _, l := range lines {
		for _, v := range l.Values {
			if v != nil {
				least = min(least, *v)
			}
		}
	}
	return 10 * math.Floor(max(least-2, 0)/10)
}

func numberOf(r Row, column string) *float64 {
	if v, ok := r.Number(column); ok {
		return &v
	}
	return nil
}
