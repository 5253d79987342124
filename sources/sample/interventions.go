package sample

import (
	"slices"
	"strconv"

	"nightjar/pipeline"
)

// engagementTarget is what advisers did in one month: people engaged,
// interventions, home visits, destinations followed up, early leavers of
// apprenticeships supported.
type engagementTarget struct{ people, interventions, visits, followUps, earlyLeavers int }

func (t *targets) readEngagement(row map[string]string) error {
	m, err := monthOf(row["month"])
	if err != nil {
		return err
	}
	var e engagementTarget
	err = numbers(row, "people interventions home_visits follow_ups early_leavers",
		&e.people, &e.interventions, &e.visits, &e.followUps, &e.earlyLeavers)
	t.engagement[m] = e
	return err
}

// event is one line of the advisers' log.
type event struct {
	day  pipeline.Date
	p    *person
	kind string
}

// campaign remembers who was followed up or supported this year; each counts
// once.
type campaign struct{ followed, supported map[*person]bool }

// interventions hands in the year's log at the end of August.
func (l *lists) interventions(m month) error {
	seen := campaign{map[*person]bool{}, map[*person]bool{}}
	s := &sheet{header: []string{"Contact Date", "Client ID", "Intervention Type"}}
	for n := m - 11; n <= m; n++ {
		for _, e := range append(l.early(n), l.month(n, seen)...) {
			s.add(e.p, []cell{dayCell(e.day), text(clientID(e.p.id)), text(e.kind)})
		}
	}
	return l.handIn(s, form{ext: "csv"}, "interventions", caseloadProvider, "interventions_"+strconv.Itoa(m.year()), m.yearName(), at(m.end(), 18, 30))
}

// month draws up one month's events.
func (l *lists) month(m month, seen campaign) []event {
	goal, ok := l.goal.engagement[m]
	if !ok {
		goal = engagementTarget{people: 160, interventions: 320, visits: 45}
	}
	clients, learners, apprentices := l.clients(m)
	l.ch.Shuffle(len(clients), func(i, j int) { clients[i], clients[j] = clients[j], clients[i] })
	clients = clients[:min(goal.people, len(clients))]
	var out []event
	note := func(p *person, kind string) {
		out = append(out, event{m.start() + pipeline.Date(l.ch.IntN(28)), p, kind})
	}
	for i := range goal.interventions { // everybody once, then as it comes
		p := clients[i%len(clients)]
		if i >= len(clients) {
			p = clients[l.ch.IntN(len(clients))]
		}
		note(p, []string{"Advice", "Action plan", "Referral", "Review"}[l.ch.weighted([]int{50, 15, 15, 20})])
	}
	for range goal.visits {
		note(clients[l.ch.IntN(len(clients))], "Home visit")
	}
	l.ch.Shuffle(len(learners), func(i, j int) { learners[i], learners[j] = learners[j], learners[i] })
	for _, p := range learners {
		if goal.followUps > 0 && !seen.followed[p] {
			seen.followed[p] = true
			goal.followUps--
			note(p, "Follow up")
		}
	}
	for _, p := range apprentices {
		if goal.earlyLeavers > 0 && !seen.supported[p] {
			seen.supported[p] = true
			goal.earlyLeavers--
			note(p, "Early leaver support")
		}
	}
	return distinct(out)
}

// distinct moves an event that equals another of the month, by day, client and
// kind, to another day: the log knows each event once. Advice, plans and reviews
// are one kind.
func distinct(list []event) []event {
	seen := make(map[event]bool, len(list))
	kind := func(e event) event {
		if e.kind == "Action plan" || e.kind == "Review" {
			e.kind = "Advice"
		}
		return e
	}
	for i, e := range list {
		for first := e.day; seen[kind(e)]; {
			y, m, d := e.day.YMD()
			e.day = pipeline.NewDate(y, m, d%28+1)
			if e.day == first {
				break
			}
		}
		seen[kind(e)] = true
		list[i] = e
	}
	slices.SortStableFunc(list, func(a, b event) int { return int(a.day - b.day) })
	return list
}

// clients returns whom advisers see in a month: those NEET, not known or at
// risk; people in new learning; and people who have left work-based training.
func (l *lists) clients(m month) (clients, learners, left []*person) {
	for _, p := range l.people {
		if p.lea != home343 || !p.counted(m) {
			continue
		}
		switch {
		case p.was[m] == neet || p.was[m] == notKnown || p.was[m] == reengaging:
			clients = append(clients, p)
		case p.was[m] == workBased || p.was[m] == education && p.risk > 60:
			learners = append(learners, p)
		}
		for n := max(0, m-4); n < m && p.was[m] != workBased; n++ {
			if p.was[n] == workBased {
				left = append(left, p)
				break
			}
		}
	}
	return clients, learners, left
}
