package sample

import (
	"fmt"
	"slices"
	"strconv"

	"nightjar/pipeline"
)

// portalArea is an authority of the invented monthly table.
type portalArea struct {
	code, region string
	lcr          bool
	cohort       int
	from, to     string // first and last month; empty without limit
}

// standing is how many authorities do better than Sefton in a month. neet and
// notKnown are -1 where no paper says.
type standing struct {
	month                         month
	combined, neet, notKnown, lcr int
}

// count is one row of the table.
type count struct {
	area                                  *portalArea
	cohort, neet, notKnown, participating int
	better                                bool // in the combined rate
}

// portal makes the monthly table of all authorities, in which Sefton's rows
// are its own counts and the others are invented around the published ranks.
type portal struct {
	goal      *targets
	ch        chance
	areas     []portalArea
	standings []standing
	pooled    map[int][2]int // not known by academic year, in tenths: North West, England
}

func readPortal(goal *targets, seed uint64) (*portal, error) {
	p := &portal{goal: goal, ch: newChance(seed, "portal"), pooled: map[int][2]int{}}
	for _, part := range []struct {
		name string
		read func(map[string]string) error
	}{
		{"portal_areas.csv", p.readArea}, {"portal_ranks.csv", p.readStanding}, {"portal_not_known.csv", p.readPooled},
	} {
		rows, err := table(part.name)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if err := part.read(row); err != nil {
				return nil, fmt.Errorf("sample table %s: %w", part.name, err)
			}
		}
	}
	return p, nil
}

func (p *portal) readArea(row map[string]string) error {
	a := portalArea{code: row["la_code"], region: row["region_code"], lcr: row["lcr"] == "Y", from: row["from"], to: row["to"]}
	err := numbers(row, "cohort", &a.cohort)
	p.areas = append(p.areas, a)
	return err
}

func (p *portal) readStanding(row map[string]string) error {
	m, err := monthOf(row["month"])
	if err != nil {
		return err
	}
	s := standing{month: m, neet: -1, notKnown: -1}
	if err := numbers(row, "better_combined better_lcr", &s.combined, &s.lcr); err != nil {
		return err
	}
	if row["better_neet"] != "" {
		if err := numbers(row, "better_neet better_not_known", &s.neet, &s.notKnown); err != nil {
			return err
		}
	}
	p.standings = append(p.standings, s)
	return nil
}

func (p *portal) readPooled(row map[string]string) error {
	var year, nw, england int
	err := numbers(row, "year north_west_tenths england_tenths", &year, &nw, &england)
	p.pooled[year] = [2]int{nw, england}
	return err
}

// standingOf returns the month's standing: as published, else between the two
// nearest published ones.
func (p *portal) standingOf(m month) standing {
	for i, s := range p.standings {
		if s.month == m {
			return s
		}
		if s.month > m {
			before := p.standings[i-1]
			done, whole := int(m-before.month), int(s.month-before.month)
			return standing{
				month: m, combined: before.combined + (s.combined-before.combined)*done/whole,
				neet: -1, notKnown: -1, lcr: before.lcr,
			}
		}
	}
	return p.standings[len(p.standings)-1]
}

// month makes the rows of one month.
func (p *portal) month(m month) []count {
	s := p.standingOf(m)
	order := p.order(m, s)
	own := p.own(m)
	out := []count{own}
	for i, a := range order {
		out = append(out, p.invent(a, i, s, own, m))
	}
	pooled := p.pooled[m.year()]
	times := 1
	if m.term() == 0 {
		times = 3
	}
	nw := slices.Clone(out)
	nw = slices.DeleteFunc(nw, func(c count) bool { return c.area.region != "E12000002" })
	p.raise(out, nw, pooled[0]*times, true)
	p.raise(out, out, pooled[1]*times, false)
	slices.SortFunc(out, func(a, b count) int { return slices.Compare([]byte(a.area.code), []byte(b.area.code)) })
	return out
}

// own returns Sefton's row: its recorded counts.
func (p *portal) own(m month) count {
	var c count
	for i := range p.areas {
		if p.areas[i].code == home343 {
			c.area = &p.areas[i]
		}
	}
	for _, t := range p.goal.ages[m][:2] {
		c.cohort += t.cohort
		c.neet += t.neet
		c.notKnown += t.notKnown
		c.participating += t.cohort - t.neet - t.notKnown - t.other - t.reengaging
	}
	return c
}

// order lists the other authorities of the month, best first: a lasting order
// with a little stir, and of the city region as many at the front as did better.
func (p *portal) order(m month, s standing) []*portalArea {
	type placed struct {
		area *portalArea
		key  int
	}
	var list []placed
	ahead := s.lcr
	for i := range p.areas {
		a := &p.areas[i]
		if a.code == home343 || a.from != "" && m.String() < a.from || a.to != "" && m.String() > a.to {
			continue
		}
		key := 1000 + int(mix(uint64(i), 343)%8000) + p.ch.IntN(600)
		switch {
		case a.lcr && ahead > 0 && (a.code == "344" || a.code == "876"):
			key = p.ch.IntN(900)
			ahead--
		case a.lcr:
			key = 10000 + key
		case a.cohort < 200: // too small to be placed finely
			key = 20000 + key
		}
		list = append(list, placed{a, key})
	}
	slices.SortStableFunc(list, func(a, b placed) int { return a.key - b.key })
	out := make([]*portalArea, len(list))
	for i, l := range list {
		out[i] = l.area
	}
	return out
}

// invent makes the row of the i-th best authority. The first do better than
// Sefton in the combined rate, and where a paper ranks the parts, in as many
// of the parts as it says.
func (p *portal) invent(a *portalArea, i int, s standing, own count, m month) count {
	c := count{area: a, cohort: a.cohort*(97+p.ch.IntN(6))/100 + 1, better: i < s.combined}
	// Rates in millionths, so that whole numbers decide.
	rate := func(n int) int { return n * 1000000 / own.cohort }
	n, k, t := rate(own.neet), rate(own.notKnown), rate(own.neet+own.notKnown)
	betterNEET, betterNK := c.better || p.ch.in(3, 5), c.better
	if s.neet >= 0 {
		betterNEET, betterNK = i < s.neet, i < s.notKnown
	}
	switch {
	case betterNEET && betterNK:
		n, k = n*p.ch.between(50, 94)/100, k*p.ch.between(30, 90)/100
	case betterNEET && c.better:
		k = k * p.ch.between(105, 118) / 100
		n = (t - k) * p.ch.between(55, 90) / 100
	case betterNEET:
		n = n * p.ch.between(70, 96) / 100
		k = t - n + t*p.ch.between(4, 12)/100
	default:
		n, k = n*p.ch.between(104, 150)/100, k*p.ch.between(110, 180)/100
	}
	c.neet, c.notKnown = people(c.cohort, n, betterNEET), people(c.cohort, k, betterNK)
	c.keepSide(own)
	rest := p.ch.between(34, 60)
	if m.String() == "2018-07" && a.code == "344" {
		rest = 22 // second place in participation needs one above
	}
	c.participating = c.cohort - c.neet - c.notKnown - c.cohort*rest/1000
	return c
}

// keepSide corrects what rounding did to a small authority: the combined rate
// stays on its side of Sefton's.
func (c *count) keepSide(own count) {
	ours := (own.neet + own.notKnown) * c.cohort
	for c.better && (c.neet+c.notKnown)*own.cohort >= ours {
		c.neet--
	}
	for !c.better && (c.neet+c.notKnown)*own.cohort <= ours {
		c.notKnown++
	}
}

// people turns a rate in millionths into people, rounded to the side on which
// the rate has to stay.
func people(cohort, rate int, better bool) int {
	if better {
		return cohort * rate / 1000000
	}
	return (cohort*rate + 999999) / 1000000
}

// raise adds people not known, among authorities that do worse anyway, until
// the members together stand at the given tenths of a per cent.
func (p *portal) raise(all, members []count, tenths int, northWest bool) {
	cohort, have := 0, 0
	for _, c := range members {
		for _, now := range all {
			if now.area == c.area {
				cohort, have = cohort+now.cohort, have+now.notKnown
			}
		}
	}
	missing := (cohort*tenths+500)/1000 - have
	var open, weights, limit []int
	for i, c := range all {
		inNW := c.area.region == "E12000002"
		if c.area.code == home343 || c.better || c.cohort < 200 || inNW != northWest {
			continue
		}
		open = append(open, i)
		weights = append(weights, c.cohort*p.ch.between(20, 180))
		limit = append(limit, c.cohort/4)
	}
	if missing <= 0 || len(open) == 0 {
		return
	}
	for k, n := range apportion(missing, weights, limit) {
		all[open[k]].notKnown += n
		all[open[k]].participating -= n
	}
}

// write hands the table in, one file for each academic year.
func (p *portal) write(in *inbox) error {
	for year := firstYear; year <= lastYear; year++ {
		name := pipeline.AcademicYear(year).String()
		when := at(pipeline.NewDate(year+1, 9, 6), 9, 40)
		h, err := in.open("comparators", "nccis-portal", "portal_"+strconv.Itoa(year)+".csv", name, when)
		if err != nil {
			return err
		}
		h.writeLine([]byte("LA Code,Month,Cohort,NEET,NK,Participating,Source Kind\n"))
		for t := range 12 {
			m := month((year-firstYear)*12 + t)
			for _, c := range p.month(m) {
				h.writeLine(fmt.Appendf(nil, "%s,%s,%d,%d,%d,%d,synthetic\n", c.area.code, m, c.cohort, c.neet, c.notKnown, c.participating))
			}
		}
		if err := in.close(h); err != nil {
			return err
		}
	}
	return nil
}
