package sample

import (
	"context"
	"path/filepath"

	"nightjar/pipeline"
)

// streamedFrom is the first month of a streamed sample: the last academic year
// of the model case.
const streamedFrom = month(allMonths - 12)

// stream writes one academic year of caseload for any number of people, twelve
// files side by side, one person after another: memory does not grow with the
// number. It aims at no published figure.
func stream(ctx context.Context, opts Options, in *inbox) error {
	pop, err := newPopulation(opts.Seed)
	if err != nil {
		return err
	}
	if err := writePostcodes(in, pop.geo); err != nil {
		return err
	}
	w := &caseloadWriter{
		recorder: &recorder{population: pop, ch: newChance(opts.Seed, "records")},
		in:       in, printed: map[pipeline.Date]string{},
	}
	var out [12]*handIn
	for i := range out {
		m := streamedFrom + month(i)
		name := "nccis_" + m.String() + ".csv"
		if out[i], err = in.open("caseload", caseloadProvider, name, m.String(), at(m.end()+5, 8, 15)); err != nil {
			return err
		}
		out[i].writeLine([]byte(caseloadHeader))
	}
	err = w.streamPeople(ctx, opts, out)
	for _, f := range out {
		if e := in.close(f); err == nil {
			err = e
		}
	}
	in.sum.People = int64(opts.People)
	return err
}

func (w *caseloadWriter) streamPeople(ctx context.Context, opts Options, out [12]*handIn) error {
	opts.Progress.Start("sample "+filepath.Base(opts.Out), "people", int64(opts.People))
	defer opts.Progress.Done()
	const batch = 10000
	for id := range opts.People {
		if id%batch == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			opts.Progress.Add(int64(min(batch, opts.People-id)))
		}
		p := w.streamPerson(int32(id + 1))
		var r record
		for i, f := range out {
			m := streamedFrom + month(i)
			w.update(p, &r, m)
			w.rows(f, p, &r, extract{m: m, sent: m.end() + 5}, 'P')
		}
	}
	return nil
}

// entering is how many in a thousand learners enter a status in a month, and
// starting how the people of a year begin it.
var (
	entering = [statuses]int{workBased: 2, reengaging: 1, other: 3, neet: 5, notKnown: 2}
	starting = []int{education: 700, workBased: 90, reengaging: 8, other: 45, neet: 45, notKnown: 20, lapsed: 90, custody: 2}
)

// streamPerson makes one resident with a year of statuses.
func (w *caseloadWriter) streamPerson(id int32) *person {
	ch := w.population.ch
	p := w.invent(id, lastYear-ch.IntN(3))
	p.in = streamedFrom
	if ch.in(35, 1000) {
		w.givePlan(p)
		p.planTo = never
	}
	if ch.in(40, 1000) {
		p.marks = append(p.marks, mark{background[ch.IntN(len(background))].code, 0, never})
	}
	age := p.ageIn(lastYear)
	for len(p.plans) <= age-16 {
		p.plans = append(p.plans, w.land.choose(ch, p, 16+len(p.plans), p.hasPlan(streamedFrom)))
	}
	now := status(ch.weighted(starting))
	if now == lapsed && age == 16 {
		now = notKnown
	}
	for m := streamedFrom; m < allMonths; m++ {
		p.was[m] = now
		now = nextStatus(ch, now)
	}
	return p
}

// nextStatus moves a person on by a month.
func nextStatus(ch chance, now status) status {
	switch {
	case now == lapsed && ch.in(500, 1000):
		return education
	case now != education && ch.in(churn[now], 1000):
		return education
	case now != education:
		return now
	}
	for st, n := range entering {
		if n > 0 && ch.in(n, 1000) {
			return status(st)
		}
	}
	return education
}
