package calendar

import (
	"cmp"
	"slices"

	"nightjar/pipeline"
)

// State is what became of an expected list.
type State string

// Before its window a list is coming; in it, due and then late; after it,
// missing. A delivery in the window, shortly before it, or after it and before
// the dataset's next one takes lists, makes it arrived.
const (
	Coming  State = "coming"
	Due     State = "due"
	Late    State = "late"
	Missing State = "missing"
	Arrived State = "arrived"
)

// Delivery is a list that came.
type Delivery struct {
	Dataset  string
	Provider string
	On       pipeline.Date
}

// Item is one list that is expected from one provider in one window.
type Item struct {
	Dataset   string
	Provider  string
	Season    string
	Opens     pipeline.Date
	Due       pipeline.Date
	Closes    pipeline.Date
	From      pipeline.Date // a list that comes from this day on counts for this window
	Until     pipeline.Date // a list that comes from this day on counts for the next one
	State     State
	ArrivedOn pipeline.Date // first delivery in the window; 0 where none came
}

// Book is the calendar with what was delivered: it answers what is expected.
type Book struct {
	Rules      []Rule
	Kinds      map[string]string // kind of a provider by its folder
	Deliveries []Delivery
}

// Items returns what is due from one day to another, both included, as it
// stands today, in the order of the due day. A list is expected from a
// provider who delivered it in the same academic year or the one before: who
// closed or merged is not reminded for ever.
func (b Book) Items(from, to, today pipeline.Date) []Item {
	var out []Item
	for _, r := range b.Rules {
		if r.Dataset == "" {
			continue
		}
		for _, w := range r.windows(from, to) {
			for _, provider := range b.owing(r, w, today) {
				out = append(out, b.item(r, w, provider, today))
			}
		}
	}
	slices.SortFunc(out, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Season, b.Season))
	})
	return out
}

// owing returns the providers from whom a window's list is expected.
func (b Book) owing(r Rule, w window, today pipeline.Date) []string {
	year := pipeline.AcademicYearOf(w.due)
	since, until := (year - 1).Start(), min(today, year.End())
	seen := map[string]bool{}
	var out []string
	for _, d := range b.Deliveries {
		known := d.Dataset == r.Dataset && d.On >= since && d.On <= until
		if known && b.means(r, d.Provider) && !seen[d.Provider] {
			seen[d.Provider] = true
			out = append(out, d.Provider)
		}
	}
	return out
}

// means reports whether a rule is about a provider: about everybody, its kind,
// or itself.
func (b Book) means(r Rule, provider string) bool {
	return r.Who == "*" || r.Who == provider || r.Who == b.Kinds[provider]
}

func (b Book) item(r Rule, w window, provider string, today pipeline.Date) Item {
	from, until := b.takes(r.Dataset, provider, w)
	it := Item{Dataset: r.Dataset, Provider: provider, Season: r.Season, Opens: w.opens, Due: w.due, Closes: w.closes, From: from, Until: until}
	for _, d := range b.Deliveries {
		mine := d.Dataset == r.Dataset && d.Provider == provider && d.On >= from && d.On < until && d.On <= today
		if mine && (it.ArrivedOn == 0 || d.On < it.ArrivedOn) {
			it.ArrivedOn = d.On
		}
	}
	switch {
	case it.ArrivedOn != 0:
		it.State = Arrived
	case today < w.opens:
		it.State = Coming
	case today <= w.due:
		it.State = Due
	case today <= w.closes:
		it.State = Late
	default:
		it.State = Missing
	}
	return it
}

// earliest is how many days before its window a list may come and still be
// meant for it.
const earliest = 14

// takes returns the days, the second excluded, on which a provider's list counts
// for a window: from shortly before it opens until shortly before the dataset's
// next one for this provider does. Between two windows the nearer one takes it.
func (b Book) takes(dataset, provider string, w window) (from, until pipeline.Date) {
	y, m, d := w.opens.YMD()
	yearOn := pipeline.NewDate(y+1, m, d)
	before, next, closes := w.opens-400, yearOn, w.closes
	for _, r := range b.Rules {
		if r.Dataset != dataset || !b.means(r, provider) {
			continue
		}
		for _, o := range r.windows(w.opens-400, yearOn+366) {
			switch {
			case o.opens > w.opens && o.opens < next:
				next = o.opens
			case o.opens < w.opens:
				before = max(before, o.closes)
			}
		}
	}
	return early(before, w.opens), early(closes, next)
}

// early returns the first day that belongs to a window which opens after
// another closed. A list of August is one of the year that ends with it.
func early(closed, opens pipeline.Date) pipeline.Date {
	if closed >= opens {
		return opens
	}
	return max(opens-earliest, opens-(opens-closed-1)/2, pipeline.AcademicYearOf(opens).Start())
}

// Owed is a list that a provider owes in one window: due on a day, and taken
// for this window when it comes from Opens on and before Until.
type Owed struct {
	Dataset  string
	Provider string
	Year     pipeline.AcademicYear // of the day it is due
	Season   string
	From     pipeline.Date
	Due      pipeline.Date
	Until    pipeline.Date
}

// Owed returns what was and is owed from the academic year of the first
// delivery to that of asAt. It depends on the deliveries and asAt's year alone,
// so it changes with news and not from day to day.
func (b Book) Owed(asAt pipeline.Date) []Owed {
	if len(b.Deliveries) == 0 {
		return nil
	}
	first := asAt
	for _, d := range b.Deliveries {
		first = min(first, d.On)
	}
	var out []Owed
	seen := map[Owed]bool{}
	for _, it := range b.Items(pipeline.AcademicYearOf(first).Start(), pipeline.AcademicYearOf(asAt).End(), asAt) {
		key := Owed{Dataset: it.Dataset, Provider: it.Provider, Due: it.Due}
		if seen[key] { // two rules for one day, such as one for everybody and one for a kind
			continue
		}
		seen[key] = true
		key.Year, key.Season, key.From, key.Until = pipeline.AcademicYearOf(it.Due), it.Season, it.From, it.Until
		out = append(out, key)
	}
	return out
}

// Milestone is a day to know of.
type Milestone struct {
	What string
	On   pipeline.Date
}

// Milestones returns the days to know of between two days, both included.
func (b Book) Milestones(from, to pipeline.Date) []Milestone {
	var out []Milestone
	for _, r := range b.Rules {
		if r.Dataset != "" {
			continue
		}
		for _, w := range r.windows(from, to) {
			out = append(out, Milestone{r.Season, w.due})
		}
	}
	slices.SortFunc(out, func(a, b Milestone) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.What, b.What)) })
	return out
}
