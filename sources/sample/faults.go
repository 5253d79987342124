package sample

import (
	"strings"
	"unicode/utf8"

	"nightjar/pipeline"
)

// listed is a person as a list shows them.
type listed struct {
	forename, surname string
	born              pipeline.Date
	upn, uln          string
	postcode          string
}

var nicknames = map[string]string{
	"Thomas": "Tom", "William": "Will", "Joshua": "Josh", "Samuel": "Sam", "Joseph": "Joe", "Matthew": "Matt",
	"Benjamin": "Ben", "Nathan": "Nate", "Cameron": "Cam", "Michael": "Mike", "Alexander": "Alex", "Edward": "Ted",
	"Andrew": "Andy", "David": "Dave", "Robert": "Rob", "Stephen": "Steve", "Anthony": "Tony", "Christopher": "Chris",
	"Jonathan": "Jon", "Bradley": "Brad", "Olivia": "Liv", "Jessica": "Jess", "Sophie": "Soph", "Charlotte": "Lottie",
	"Abigail": "Abi", "Eleanor": "Ellie", "Georgia": "Georgie", "Elizabeth": "Beth", "Rebecca": "Becky", "Matilda": "Tilly",
	"Victoria": "Vicky", "Samantha": "Sam", "Danielle": "Dani", "Alexandra": "Alex", "Catherine": "Kate", "Katie": "Kate",
	"Daniel": "Dan", "James": "Jamie", "Harry": "Haz", "Jacob": "Jake", "Isabelle": "Izzy", "Megan": "Meg",
}

// identity returns a person as a list of a month shows them: mostly right.
func (l *lists) identity(p *person, m month) listed {
	ch := l.ch
	out := listed{p.forename, p.surname, p.born, p.upn, p.uln, l.geo.postcodes[p.postcodeIn(m)].text}
	if nick, ok := nicknames[p.forename]; ok && ch.in(3, 50) { // 3 % of all, since half have one
		out.forename = nick
	}
	switch ch.IntN(200) {
	case 0, 1:
		out.surname = l.names.family[ch.IntN(len(l.names.family))]
	case 2, 3:
		out.surname = misspell(ch, out.surname)
	case 4, 5:
		out.forename = misspell(ch, out.forename)
	case 6:
		out.born = slip(ch, p.born)
	}
	if ch.in(6, 100) {
		out.postcode = l.geo.postcodes[l.geo.home(ch)].text
	}
	return out
}

// misspell swaps two neighbouring letters or drops one. Accented names come
// without their accents instead, as old systems write them.
func misspell(ch chance, name string) string {
	if utf8.RuneCountInString(name) != len(name) {
		return strings.NewReplacer("é", "e", "ü", "u", "ö", "o", "í", "i", "ç", "c").Replace(name)
	}
	i := ch.between(1, max(1, len(name)-2))
	if i+1 >= len(name) {
		return name + name[len(name)-1:]
	}
	if ch.in(1, 2) {
		return name[:i] + name[i+1:]
	}
	return name[:i] + string(name[i+1]) + string(name[i]) + name[i+2:]
}

// slip is a wrong birth date: day and month exchanged where that makes a day,
// else one day off.
func slip(ch chance, d pipeline.Date) pipeline.Date {
	y, m, day := d.YMD()
	if swapped, ok := pipeline.ValidDate(y, day, int(m)); ok && swapped != d && ch.in(1, 2) {
		return swapped
	}
	return d + 1
}

// spoilUPN gives a number whose check letter is wrong.
func spoilUPN(upn string) string {
	if upn == "" {
		return ""
	}
	i := strings.IndexByte(upnLetters, upn[0])
	return string(upnLetters[(i+1)%len(upnLetters)]) + upn[1:]
}
