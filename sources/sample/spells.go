package sample

import "nightjar/pipeline"

// daysTarget is how many days fewer people who were NEET at the end of after
// had been so, on average, than those at the end of before.
type daysTarget struct {
	before, after month
	fewer         int
}

func (t *targets) readDays(row map[string]string) error {
	var d daysTarget
	var err error
	if d.before, err = monthOf(row["month_before"]); err != nil {
		return err
	}
	if d.after, err = monthOf(row["month"]); err != nil {
		return err
	}
	err = numbers(row, "fewer_days", &d.fewer)
	t.days = append(t.days, d)
	return err
}

// spell is one run of NEET months: whose, and since which month.
type spell struct {
	id   int32
	from month
}

// openSpells returns the spells that are open at a month end, 16 to 18.
func (pop *population) openSpells(m month) []spell {
	var out []spell
	for _, p := range pop.people {
		if p.lea != home343 || !p.counted(m) || p.was[m] != neet || p.ageIn(m.year()) > 18 {
			continue
		}
		from := m
		for from > p.in && p.was[from-1] == neet {
			from--
		}
		out = append(out, spell{p.id, from})
	}
	return out
}

// planSpells gives the spells behind the published days a first day within
// the month they begin in, so that the means lie as far apart as published.
func (pop *population) planSpells(ch chance) map[spell]pipeline.Date {
	starts := map[spell]pipeline.Date{}
	for _, d := range pop.goal.days {
		before, after := pop.openSpells(d.before), pop.openSpells(d.after)
		both := map[spell]bool{}
		for _, list := range [][]spell{before, after} {
			for _, s := range list {
				if _, ok := starts[s]; ok {
					both[s] = true
					continue
				}
				starts[s] = s.from.start() + pipeline.Date(ch.IntN(int(s.from.end()-s.from.start())+1))
			}
		}
		// The distance from the target, times both numbers of people.
		off := daysOf(before, starts, d.before)*len(after) - daysOf(after, starts, d.after)*len(before) - d.fewer*len(before)*len(after)
		off += len(before) * shift(starts, after, both, -off/len(before))
		shift(starts, before, both, off/len(after))
	}
	return starts
}

func daysOf(list []spell, starts map[spell]pipeline.Date, m month) int {
	days := 0
	for _, s := range list {
		days += int(m.end() - starts[s])
	}
	return days
}

// shift moves first days later (earlier for a negative number) by that many
// days together, each within its month, leaving out spells that both lists
// share. It returns by how many it could.
func shift(starts map[spell]pipeline.Date, list []spell, shared map[spell]bool, days int) int {
	left := days
	for _, s := range list {
		if shared[s] || left == 0 {
			continue
		}
		to := max(s.from.start(), min(s.from.end(), starts[s]+pipeline.Date(left)))
		left -= int(to - starts[s])
		starts[s] = to
	}
	return days - left
}
