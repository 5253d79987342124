package sample

import "strconv"

// rollForm is one school's way of answering a cohort check.
type rollForm struct {
	form
	title  bool
	fields []string // our names of the columns, in order
	header []string // the school's texts for them
	words  bool     // Year 11 instead of 11
}

// rollForms are the layouts by provider; the empty name is the common one, the
// header of the school census.
var rollForms = map[string]rollForm{
	"": {
		form:   form{ext: "csv", iso: true},
		fields: []string{"estab", "upn", "surname", "forename", "sex", "born", "enrol", "year", "sen", "uln", "postcode", "roni", "offer", "by", "round", "left"},
		header: []string{
			"Estab", "UPN", "Surname", "Forename", "Gender", "DoB", "EnrolStatus", "NCyearActual", "SENprovision",
			"UniqueLearnerNumber", "Postcode", "RONI", "Offer Status", "Offer Provider", "Check Round", "Left To",
		},
	},
	"tern-bay-academy": {
		form: form{ext: "csv", latin: true, crlf: true, blanks: true}, title: true, words: true,
		fields: []string{"year", "surname", "forename", "born", "sex", "upn", "postcode", "estab", "roni", "attendance", "fsm", "sen", "enrol", "offer", "by", "round", "left"},
		header: []string{
			"Year Group", "Last Name", "First Name", "Date of Birth", "Sex", "Unique Pupil Number", "Post Code", "DfE Number",
			"At Risk of NEET", "Attendance %", "FSM", "SEN Status", "Enrolment Status", "Offer", "Offered By", "Round", "Destination",
		},
	},
	"saltmarsh-academy": {
		form:   form{ext: "csv", bom: true},
		fields: []string{"estab", "forename", "surname", "born", "year", "upn", "uln", "postcode", "roni", "enrol", "offer", "by", "round", "left"},
		header: []string{
			"School No", "Given", "Legal name", "D.O.B.", "Yr", "Pupil No", "Learner No", "Home PC", "Worried about?",
			"Roll status", "Place for September?", "Where", "Checked in", "Gone to",
		},
	},
	"wigeon-special": {
		form:   form{ext: "xlsx"},
		title:  true,
		fields: []string{"estab", "upn", "surname", "forename", "sex", "born", "enrol", "year", "sen", "postcode", "roni", "offer", "by", "round", "left"},
		header: []string{
			"LAESTAB", "UPN", "Legal Surname", "Legal Forename", "Gender", "DoB", "EnrolStatus", "NC Year", "SENprovision", "Postcode",
			"RONI Flag", "Offer Status", "Offer Provider", "Check Round", "Left To",
		},
	},
}

// row writes a pupil in the school's layout.
func (f rollForm) row(l *lists, in institution, k pupil) []cell {
	seen := l.identity(k.p, k.m)
	if flagged(k.p) { // whom a school worries about it writes down with care
		seen.forename, seen.surname, seen.born = k.p.forename, k.p.surname, k.p.born
	}
	out := make([]cell, len(f.fields))
	for i, field := range f.fields {
		switch field {
		case "born":
			out[i] = dayCell(seen.born)
		default:
			out[i] = text(f.field(field, in, k, seen))
		}
	}
	return out
}

func (f rollForm) field(name string, in institution, k pupil, seen listed) string {
	risky := k.year > 0 && k.year <= 11 && flagged(k.p)
	switch name {
	case "estab":
		return in.number
	case "upn":
		return seen.upn
	case "uln":
		if k.year < 12 {
			return ""
		}
		return seen.uln
	case "surname":
		return seen.surname
	case "forename":
		return seen.forename
	case "postcode":
		return seen.postcode
	case "sex":
		return string(k.p.sex)
	case "enrol":
		if mix(uint64(k.p.id), 5)%60 == 0 {
			return "M"
		}
		return "C"
	case "year":
		return f.yearText(k)
	case "sen":
		return senWord(k)
	case "roni", "fsm":
		return yesWord(risky || name == "fsm" && mix(uint64(k.p.id), 6)%5 == 0)
	case "attendance":
		return attendance(k.p)
	case "offer":
		return k.offer
	case "by":
		return k.by
	case "round":
		return k.round
	default:
		return k.left
	}
}

func (f rollForm) yearText(k pupil) string {
	switch {
	case k.year == 0:
		return "LEAVER"
	case f.words:
		return "Year " + strconv.Itoa(k.year)
	default:
		return strconv.Itoa(k.year)
	}
}

func senWord(k pupil) string {
	switch {
	case k.p.planFrom <= k.m:
		return "E"
	case k.p.support:
		return "K"
	default:
		return "N"
	}
}

func yesWord(b bool) string { return string(yesNo(b)) }

// attendance falls with the risk: 70 to 99 per cent, to one decimal.
func attendance(p *person) string {
	tenths := 990 - p.risk*2 - int(mix(uint64(p.id), 7)%60)
	return strconv.Itoa(tenths/10) + "." + strconv.Itoa(tenths%10)
}
