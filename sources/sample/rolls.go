package sample

import (
	"slices"
	"time"

	"nightjar/pipeline"
)

// pupil is one line of a cohort check.
type pupil struct {
	p     *person
	year  int    // national curriculum year
	offer string // word of the offer, empty when not asked
	by    string // who made it
	round string
	left  string // where a leaver went
	m     month
}

// The rounds of cohort checks: sixth forms in January, one school's offers in
// March, everybody in May.
func (l *lists) januaryRolls(m month) error {
	return l.rolls(m, "january", func(in institution) bool { return in.kind == "sixth" || in.kind == "special" })
}

func (l *lists) marchRolls(m month) error {
	chosen := l.land.all[l.land.schools[m.year()%len(l.land.schools)]].provider
	return l.rolls(m, "march", func(in institution) bool { return in.provider == chosen })
}

func (l *lists) mayRolls(m month) error {
	return l.rolls(m, "may", func(in institution) bool { return in.la == home343 })
}

func (l *lists) rolls(m month, round string, asked func(institution) bool) error {
	byInst := l.rollCall(m, round)
	for i, in := range l.land.all {
		if !asked(in) || len(byInst[i]) == 0 {
			continue
		}
		if err := l.handInRoll(i, byInst[i], m, round); err != nil {
			return err
		}
	}
	return nil
}

// rollCall lists the pupils of every institution: Years 9 to 11 by school
// (Year 11 alone before May), Years 12 and 13 by place of learning.
func (l *lists) rollCall(m month, round string) [][]pupil {
	out := make([][]pupil, len(l.land.all))
	var y11, y12 []*pupil
	add := func(inst int, k pupil) {
		k.round, k.m = round, m
		out[inst] = append(out[inst], k)
	}
	for _, p := range l.people {
		year := 12 + m.year() - p.cohort
		switch {
		case p.school >= 0 && (year == 11 || round == "may" && (year == 9 || year == 10)):
			if round == "may" || mix(uint64(p.id), 11)%100 > 0 { // one in a hundred joins in spring
				add(p.school, pupil{p: p, year: year})
			}
		case year == 12 || year == 13:
			if inst := l.learnsAt(p, m); inst >= 0 && l.land.all[inst].la == home343 {
				add(inst, pupil{p: p, year: year})
			}
		}
	}
	if round == "may" {
		l.topUp(out, m)
	}
	for i := range out {
		for k := range out[i] {
			switch out[i][k].year {
			case 11:
				y11 = append(y11, &out[i][k])
			case 12:
				y12 = append(y12, &out[i][k])
			}
		}
	}
	if g, ok := l.goal.guarantee[m.year()+1]; ok && round != "january" {
		l.offer(y11, len(y11)-g.y11Offers, round)
		l.offer(y12, len(y12)-g.y12Offers, round)
	}
	return out
}

// topUp adds learners from other places to the colleges, up to the number of
// Year 12 that the guarantee counts.
func (l *lists) topUp(rolls [][]pupil, m month) {
	g, ok := l.goal.guarantee[m.year()+1]
	if !ok {
		return
	}
	have := 0
	for i, roll := range rolls {
		for _, k := range roll {
			if k.year == 12 && l.land.all[i].la == home343 {
				have++
			}
		}
	}
	for ; have < g.y12; have++ {
		i := l.land.first("fe") + l.ch.IntN(2)
		rolls[i] = append(rolls[i], pupil{p: l.stranger(m.year()), year: 12, round: "may", m: m})
	}
}

var notOffered = []string{"No offer", "Offer not appropriate", "Not recorded"}

// offer writes who has an offer: all but the few most at risk. In March some
// answers are still out.
func (l *lists) offer(list []*pupil, without int, round string) {
	slices.SortStableFunc(list, func(a, b *pupil) int { return b.p.risk - a.p.risk })
	for i, k := range list {
		switch {
		case i < without:
			k.offer = notOffered[l.ch.weighted([]int{45, 15, 40})]
		case round == "march" && l.ch.in(3, 10):
			k.offer = "Awaiting"
		default:
			k.offer, k.by = "Offer made", l.offeredBy(k)
		}
	}
}

// rollDay is when a school's list of a round came: schools answer within
// three weeks, all before 31 May.
func (l *lists) rollDay(m month, inst int) time.Time {
	y, month, _ := m.start().YMD()
	return at(pipeline.NewDate(y, month, 6+(inst*5+m.year())%20), 13, inst)
}

func (l *lists) handInRoll(inst int, roll []pupil, m month, round string) error {
	in := l.land.all[inst]
	f := rollForms[in.provider]
	if f.header == nil {
		f = rollForms[""]
	}
	s := &sheet{header: f.header}
	if f.title {
		s.titles = [][]cell{texts(in.name), texts("Cohort check – " + round + " " + m.yearName()), nil}
		s.footer = [][]cell{texts("Total pupils", "", "", "")}
	}
	for _, k := range roll {
		s.add(k.p, f.row(l, in, k))
	}
	l.spoilRoll(s, f, in, m, round)
	return l.handIn(s, f.form, "cohort_checks", in.provider, "cohort_check_"+round+"_"+m.String()[:4], m.yearName(), l.rollDay(m, inst))
}

// spoilRoll adds, now and then, rows of people who are on no roll: one that
// has left, and two that cannot be read.
func (l *lists) spoilRoll(s *sheet, f rollForm, in institution, m month, round string) {
	if !l.ch.in(1, 4) {
		return
	}
	gone := pupil{p: l.stranger(m.year() + 1), round: round, left: "moved out of the area", m: m}
	s.add(gone.p, f.row(l, in, gone))
	wrong := pupil{p: l.stranger(m.year() + 2), year: 10, round: round, m: m}
	row := f.row(l, in, wrong)
	if i := slices.Index(f.fields, "upn"); l.ch.in(1, 2) && i >= 0 {
		row[i] = text(spoilUPN(wrong.p.upn))
	} else {
		row[slices.Index(f.fields, "born")] = text("31/06/2004")
	}
	s.add(wrong.p, row)
}

// offeredBy names who offers a pupil a place: mostly where the pupil learns in
// the October after, else, and for one in sixteen, a college they do not go to.
func (l *lists) offeredBy(k *pupil) string {
	october := month((k.m.year()+1-firstYear)*12 + 1)
	if int(october) < len(k.p.was) && mix(uint64(k.p.id), 13)%16 > 0 {
		if i := l.learnsAt(k.p, october); i >= 0 {
			return l.land.all[i].name
		}
	}
	var colleges []string
	for _, in := range l.land.all {
		if in.kind == "fe" || in.kind == "sfc" {
			colleges = append(colleges, in.name)
		}
	}
	return colleges[mix(uint64(k.p.id), 14)%uint64(len(colleges))]
}
