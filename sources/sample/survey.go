package sample

import "fmt"

// surveyTarget is how many leavers of Year 11, educated here, the Activity
// Survey finds not meeting the duty to participate, by why.
type surveyTarget struct{ year, towards, onBreak, not int }

func (t *targets) readSurvey(row map[string]string) error {
	var s surveyTarget
	err := numbers(row, "leaving_year working_towards temporary_break not_meeting", &s.year, &s.towards, &s.onBreak, &s.not)
	t.surveys = append(t.surveys, s)
	return err
}

// surveyMonth is the October in which the survey of a year is taken.
func surveyMonth(year int) month { return month((year-firstYear)*12 + 1) }

// settleSurvey brings the leavers of our schools to the number that the survey
// finds not meeting the duty. What they are too many of they trade with people
// of their age who went to school elsewhere, so that no count of residents
// changes.
func (s *simulation) settleSurvey(t surveyTarget) error {
	var ours, others []*person
	surplus := -(t.towards + t.onBreak + t.not)
	for _, p := range s.members[0] {
		switch now := p.was[s.m]; {
		case p.school < 0 && now == education:
			others = append(others, p)
		case p.school >= 0 && (now == neet || now == other || now == reengaging):
			surplus++
			if now == neet {
				ours = append(ours, p)
			}
		}
	}
	if surplus < 0 || surplus > min(len(ours), len(others)) {
		return fmt.Errorf("survey of %d: %d leavers would have to change places, which is not possible", t.year, surplus)
	}
	ch := newChance(uint64(t.year), "survey")
	ch.Shuffle(len(ours), func(i, j int) { ours[i], ours[j] = ours[j], ours[i] })
	ch.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	for i := range surplus {
		ours[i].was[s.m], others[i].was[s.m] = education, neet
	}
	return nil
}

// surveyCodes plans the activity codes of leavers who are NEET in a survey: as
// many with an agreed start and as many ill as the survey has, the rest looking
// for something. Re-engagement is working towards the duty too.
func (pop *population) surveyCodes() map[spell]int {
	codes := map[spell]int{}
	for _, t := range pop.goal.surveys {
		m := surveyMonth(t.year)
		towards, onBreak := t.towards, t.onBreak
		for _, p := range pop.people {
			if p.school >= 0 && p.counted(m) && p.ageIn(m.year()) == 16 && p.was[m] == reengaging {
				towards--
			}
		}
		for _, p := range pop.people {
			if p.school < 0 || !p.counted(m) || p.ageIn(m.year()) != 16 || p.was[m] != neet {
				continue
			}
			code := 619
			switch {
			case towards > 0:
				code, towards = 616, towards-1
			case onBreak > 0:
				code, onBreak = 640, onBreak-1
			}
			for n := m - 1; n <= m+1; n++ { // a record of November may reach back to the 1st
				codes[spell{p.id, n}] = code
			}
		}
	}
	return codes
}
