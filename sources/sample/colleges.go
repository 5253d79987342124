package sample

import (
	"strconv"
	"time"

	"nightjar/pipeline"
)

// learner is one person at a college, as the college knows them.
type learner struct {
	p      *person
	m      month
	start  pipeline.Date
	end    pipeline.Date // last day of somebody who left
	ref    string        // the college's own number
	noULN  bool
	reason string // withdrawal reason
}

// starters hands in every college's list of the autumn: who had begun by
// early October, by what the college knows and the caseload may not yet.
func (l *lists) starters(m month) error {
	lists := make([][]learner, len(l.land.all))
	for _, p := range l.people {
		if inst := l.begins(p, m); inst >= 0 {
			lists[inst] = append(lists[inst], l.learner(p, m, inst))
		}
	}
	for i, in := range l.land.all {
		if in.kind != "sfc" && in.kind != "fe" && in.kind != "outside" {
			continue
		}
		for range len(lists[i])/9 + 2 { // learners whom no caseload knows
			lists[i] = append(lists[i], l.learner(l.stranger(m.year()-l.ch.IntN(3)), m, i))
		}
		if err := l.handInStarters(i, lists[i], m, "starters"); err != nil {
			return err
		}
	}
	return nil
}

// begins returns where a person began this autumn: where the caseload has
// them in October, or will have once a lapsed record is confirmed.
func (l *lists) begins(p *person, m month) int {
	for n := m; n < min(m+3, allMonths); n++ {
		if n == m && p.lea != home343 || p.was[n] != lapsed {
			return l.learnsAt(p, n)
		}
	}
	return -1
}

func (l *lists) learner(p *person, m month, inst int) learner {
	begun := pipeline.AcademicYear(m.year()).Start()
	k := learner{p: p, m: m, start: begun + pipeline.Date(2+mix(uint64(p.id), uint64(m.year()))%9), noULN: l.ch.in(1, 2)}
	k.ref = "L" + strconv.Itoa(inst) + strconv.Itoa(100000+int(p.id))
	return k
}

// leavers hands in who gave up a place by the end of October.
func (l *lists) leavers(m month) error {
	lists := make([][]learner, len(l.land.all))
	for _, p := range l.people {
		inst := l.learnsAt(p, m-1)
		if inst < 0 || !p.counted(m) || p.was[m] == education {
			continue
		}
		k := l.learner(p, m-1, inst)
		k.end = (m - 1).start() + pipeline.Date(5+l.ch.IntN(26))
		k.reason = []string{"3", "7", "98", "43"}[l.ch.IntN(4)]
		lists[inst] = append(lists[inst], k)
	}
	for i, in := range l.land.all {
		if len(lists[i]) == 0 || in.kind != "sfc" && in.kind != "fe" && in.kind != "outside" {
			continue
		}
		if err := l.handInStarters(i, lists[i], m, "leavers"); err != nil {
			return err
		}
	}
	return nil
}

func (l *lists) handInStarters(inst int, list []learner, m month, what string) error {
	in := l.land.all[inst]
	f := collegeForms[in.provider]
	s := &sheet{header: f.header}
	if f.title {
		s.titles = [][]cell{texts(in.name + " – " + what + " " + m.yearName())}
		s.footer = [][]cell{texts("Total", strconv.Itoa(len(list)))}
	}
	for _, k := range list {
		seen := l.identity(k.p, m)
		for aim := range f.aims {
			s.add(k.p, f.row(in, k, seen, aim))
		}
	}
	if what == "starters" && l.ch.in(1, 2) {
		s.add(nil, f.spoil(f.row(in, l.learner(l.stranger(m.year()), m, inst), listed{forename: "Test", surname: "Entry", postcode: unknownCode}, 0)))
	}
	return l.handIn(s, f.form, "college_starters", in.provider, what+"_"+strconv.Itoa(m.year()), m.yearName(), starterDay(m, inst))
}

// starterDay is when a college's list came: late September to mid October,
// leavers in November.
func starterDay(m month, inst int) time.Time {
	if m.term() == 1 {
		return at((m-1).start()+pipeline.Date(22+(inst*7)%20), 16, inst)
	}
	return at(m.start()+pipeline.Date(10+inst%9), 16, inst)
}

// collegeForm is one college's layout.
type collegeForm struct {
	form
	title  bool
	aims   int // rows per learner
	fields []string
	header []string
}

var collegeForms = map[string]collegeForm{
	"curlew-sixth-form": { // the template of the caseload systems
		form: form{ext: "csv", crlf: true}, aims: 1,
		fields: []string{"forename", "surname", "born", "postcode", "upn", "estab", "start", "end", "level", "course"},
		header: []string{"Forename", "Surname", "DOB", "Postcode", "UPN", "DfENo", "StartDate", "EndDate", "GoalLevel", "GoalDescription"},
	},
	"dunlin-college": { // columns of the learner record
		form: form{ext: "csv", iso: true, bom: true}, aims: 2,
		fields: []string{"ukprn", "ref", "uln", "surname", "forename", "born", "postcode", "aim", "type", "seq", "start", "planned", "end", "status", "reason", "fund"},
		header: []string{
			"UKPRN", "LearnRefNumber", "ULN", "FamilyName", "GivenNames", "DateOfBirth", "Postcode", "LearnAimRef", "AimType", "AimSeqNumber",
			"LearnStartDate", "LearnPlanEndDate", "LearnActEndDate", "CompStatus", "WithdrawReason", "FundModel",
		},
	},
	"knot-college": { // another college's system: the same facts under its own names
		form: form{ext: "csv", latin: true}, title: true, aims: 1,
		fields: []string{"ukprn", "ref", "forename", "surname", "born", "uln", "postcode", "aim", "start", "planned", "end", "status", "reason"},
		header: []string{
			"Prov", "STUDENT_NO", "FIRSTNAME", "SURNAME", "BIRTHDATE", "MIAP_ULN", "POSTCODE", "QUAL_CODE", "STARTED", "DUE_TO_FINISH",
			"FINISHED", "STATUS", "WHY_LEFT",
		},
	},
	"plover-college": {
		form: form{ext: "xlsx"}, title: true, aims: 1,
		fields: []string{"surname", "forename", "born", "postcode", "upn", "ukprn", "start", "end", "level", "course"},
		header: []string{"Last Name", "First Name", "Date of Birth", "Post Code", "UPN", "UKPRN", "Date Started", "Date Left", "Qual Level", "Course"},
	},
	"stonechat-college": {
		form: form{ext: "csv", latin: true, crlf: true, blanks: true}, aims: 1,
		fields: []string{"surname", "forename", "born", "upn", "postcode", "ukprn", "start", "end", "course"},
		header: []string{"Family Name", "Given Names", "Birth Date", "Unique Pupil Number", "Postcode", "UKPRN", "Date Started", "Leaving Date", "Course Title"},
	},
	"out-of-area-sixth-form": {
		form: form{ext: "csv", iso: true}, aims: 1,
		fields: []string{"forename", "surname", "born", "postcode", "upn", "estab", "start", "end", "level", "course"},
		header: []string{"Forename", "Surname", "DOB", "Postcode", "UPN", "DfENo", "StartDate", "EndDate", "GoalLevel", "GoalDescription"},
	},
}

var courses = []string{"A levels", "Engineering", "Health and Social Care", "Business", "Art and Design", "Motor Vehicle", "Hair and Beauty", "Sport", "Computing"}

func (f collegeForm) row(in institution, k learner, seen listed, aim int) []cell {
	out := make([]cell, len(f.fields))
	for i, field := range f.fields {
		switch field {
		case "born":
			out[i] = dayCell(seen.born)
		case "start":
			out[i] = dayCell(k.start)
		case "planned":
			out[i] = dayCell(pipeline.NewDate(k.m.year()+1, time.July, 1))
		case "end":
			out[i] = dayCell(k.end) // a zero day is an empty cell
		default:
			out[i] = text(f.field(field, in, k, seen, aim))
		}
	}
	return out
}

func (f collegeForm) field(name string, in institution, k learner, seen listed, aim int) string {
	switch name {
	case "forename":
		return seen.forename
	case "surname":
		return seen.surname
	case "postcode":
		return seen.postcode
	case "upn":
		if mix(uint64(k.p.id), 12)%3 == 0 { // colleges often do not hold it
			return ""
		}
		return seen.upn
	case "uln":
		if k.noULN || seen.uln == "" {
			return "9999999999"
		}
		return seen.uln
	case "ukprn":
		return in.ukprn
	case "estab":
		return in.number
	case "ref":
		return k.ref
	case "level":
		return "3"
	case "course":
		return courses[mix(uint64(k.p.id), 3)%uint64(len(courses))]
	case "aim":
		return strconv.Itoa(60100000 + int(mix(uint64(k.p.id), 4)%900) + aim)
	case "type":
		return []string{"1", "5"}[aim]
	case "seq":
		return strconv.Itoa(aim + 1)
	case "fund":
		return "25"
	case "status":
		if k.end != 0 {
			return "3"
		}
		return "1"
	default:
		return k.reason
	}
}

// spoil makes a row impossible: a birth date that is no day.
func (f collegeForm) spoil(row []cell) []cell {
	for i, field := range f.fields {
		if field == "born" {
			row[i] = text("29/02/2003")
		}
	}
	return row
}
