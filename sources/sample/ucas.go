package sample

import (
	"strconv"

	"nightjar/pipeline"
)

// centres that hand in lists of their applicants, with what they call columns.
var centreForms = map[string]struct {
	form
	header []string
}{
	"curlew-sixth-form": {
		form{ext: "csv", iso: true},
		[]string{"Personal ID", "Surname", "Forename(s)", "Date of Birth", "Postcode", "Centre", "Institution", "Course Title", "Year of Entry", "Deferred", "Status", "Status Date"},
	},
	"dunlin-college": {
		form{ext: "csv", latin: true, crlf: true},
		[]string{"UCAS ID", "Last Name", "First Name", "DOB", "Post Code", "School Name", "University", "Course", "Entry Year", "Deferred Y/N", "Decision", "Decision Date"},
	},
	"marram-grass-academy": {
		form{ext: "xlsx"},
		[]string{"PID", "Family Name", "Given Name(s)", "Birth Date", "Postcode", "School", "Provider", "Course Title", "Year of Entry", "Deferred Entry", "Application Status", "Status Date"},
	},
	"natterjack-high": {
		form{ext: "csv"},
		[]string{"UCAS Personal ID", "Surname", "Forenames", "Date of Birth", "Postcode", "Centre Name", "Institution Name", "Course", "Entry Year", "Deferred", "Decision/Reply", "Decision Date"},
	},
	"sandpiper-girls": {
		form{ext: "csv", bom: true},
		[]string{"Personal ID", "Surname", "First Name", "Date of Birth", "Postcode", "School", "Institution", "Course", "Year of Entry", "Deferred", "Status", "Status Date"},
	},
}

var universities = []string{
	"Estuary University (synthetic)", "Irwell Bank University (synthetic)", "University of North Dunes (synthetic)",
	"Pennine Gate University (synthetic)", "Sands Metropolitan University (synthetic)",
}

// ucas hands in each centre's list of applicants for this autumn: those of
// Year 13 last year, by where they were at the end of it.
func (l *lists) ucas(m month) error {
	lists := make([][]*person, len(l.land.all))
	for _, p := range l.people {
		if p.ageIn(m.year()) != 18 || len(p.plans) < 3 || !p.counted(m) {
			continue
		}
		centre := l.land.places[p.plans[1]].inst
		if higher := p.plans[2] == l.land.higher; centre >= 0 && (higher || mix(uint64(p.id), 8)%5 == 0) {
			lists[centre] = append(lists[centre], p)
		}
	}
	for i, in := range l.land.all {
		f, ok := centreForms[in.provider]
		if !ok || len(lists[i]) == 0 {
			continue
		}
		s := &sheet{header: f.header}
		for _, p := range lists[i] {
			s.add(p, l.application(p, in, m))
		}
		for range len(lists[i])/12 + 1 {
			p := l.stranger(m.year() - 2)
			s.add(p, l.application(p, in, m))
		}
		if l.ch.in(1, 2) { // a word that no list of words holds
			p := l.stranger(m.year() - 2)
			row := l.application(p, in, m)
			row[10] = text("Gone fishing")
			s.add(p, row)
		}
		when := at((m-1).start()+pipeline.Date(8+i*2%14), 11, i)
		if err := l.handIn(s, f.form, "ucas", in.provider, "ucas_"+strconv.Itoa(m.year()), m.yearName(), when); err != nil {
			return err
		}
	}
	return nil
}

// application is one row. Who is at university in October was placed; who
// took a gap year put it off; the rest of those listed have no place.
func (l *lists) application(p *person, in institution, m month) []cell {
	seen := l.identity(p, m)
	status, deferred := "Unplaced", "N"
	switch now := l.settled(p, m); {
	case now == reengaging:
		status, deferred = "Placed", "Y"
	case !p.caseload, now == education && p.plans[2] == l.land.higher:
		status = "Placed"
	case mix(uint64(p.id), 9)%3 == 0:
		status = "Withdrawn"
	}
	return []cell{
		text(strconv.Itoa(1000000000 + int(p.id)*17 + m.year())), text(seen.surname), text(seen.forename), dayCell(seen.born), text(seen.postcode),
		text(in.name), text(universities[mix(uint64(p.id), 2)%uint64(len(universities))]), text(courses[mix(uint64(p.id), 3)%uint64(len(courses))]),
		text(strconv.Itoa(m.year())), text(deferred), text(status), dayCell(pipeline.NewDate(m.year(), 8, 18)),
	}
}

// settled returns what a person turns out to be once a lapsed record is
// settled, at most three months on.
func (l *lists) settled(p *person, m month) status {
	for n := m; n < min(m+3, allMonths); n++ {
		if p.was[n] != lapsed {
			return p.was[n]
		}
	}
	return lapsed
}
