package calendar

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"nightjar/pipeline"
)

// Event is an entry of an iCalendar feed: a moment, or a whole day where At is
// zero.
type Event struct {
	ID      string // unique and the same in every feed, so that a reader updates it
	At      time.Time
	Day     pipeline.Date
	Summary string
	Say     string
}

// WriteICal writes a feed in the form of RFC 5545. made is the moment of
// writing.
func WriteICal(w io.Writer, events []Event, made time.Time) error {
	var b strings.Builder
	line := func(format string, args ...any) { fold(&b, fmt.Sprintf(format, args...)) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//nightjar//schedule//EN")
	line("CALSCALE:GREGORIAN")
	line("X-WR-CALNAME:Nightjar")
	for _, e := range events {
		line("BEGIN:VEVENT")
		line("UID:%s@nightjar", escape(e.ID))
		line("DTSTAMP:%s", utc(made))
		if e.At.IsZero() {
			line("DTSTART;VALUE=DATE:%s", e.Day.Time().Format("20060102"))
			line("DTEND;VALUE=DATE:%s", (e.Day + 1).Time().Format("20060102"))
		} else {
			line("DTSTART:%s", utc(e.At))
			line("DURATION:PT15M")
		}
		line("SUMMARY:%s", escape(e.Summary))
		if e.Say != "" {
			line("DESCRIPTION:%s", escape(e.Say))
		}
		line("TRANSP:TRANSPARENT") // nobody is busy because a night runs
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

func escape(s string) string { return escapes.Replace(s) }

// foldAt is the most octets a line may have; the rest goes on the next one,
// behind a space, and no character is cut in two.
const foldAt = 75

func fold(b *strings.Builder, s string) {
	for room := foldAt; len(s) > room; room = foldAt - 1 {
		n := room
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		b.WriteString(s[:n] + "\r\n ")
		s = s[n:]
	}
	b.WriteString(s + "\r\n")
}
