package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/pipeline/ledger"
	"nightjar/pipeline/notify"
)

// sendMorning mails what changed since yesterday. A mail server that does not
// answer may do so at the next attempt.
func (a *App) sendMorning(ctx context.Context) error {
	msg, err := a.heavy.morning(ctx, a)
	if err != nil {
		return err
	}
	m, err := a.mail()
	if err != nil {
		return err
	}
	if err := m.Send(ctx, msg); err != nil {
		return passing{fmt.Errorf("morning mail: %w", err)}
	}
	return nil
}

// morning words the last 24 hours: figures, nights, lists, what is due. It
// holds counts of the borough and names of lists and providers, no person.
func (a *App) morning(ctx context.Context, book *ledger.Ledger) (notify.Message, error) {
	v, err := a.vitals(ctx, book)
	if err != nil {
		return notify.Message{}, err
	}
	since := v.At.Add(-24 * time.Hour)
	m := notify.Message{Subject: "Nightjar: " + v.At.In(a.cfg.Location()).Format("Monday 2 January 2006")}
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		m.Lines = append(m.Lines, title)
		for _, l := range lines {
			m.Lines = append(m.Lines, "  "+l)
		}
		m.Lines = append(m.Lines, "")
	}
	figures, err := a.changes(ctx, v, since)
	if err != nil {
		return m, err
	}
	section("Figures", figures)
	runs, err := book.Runs(ctx, looked)
	if err != nil {
		return m, err
	}
	section("Nights since yesterday", nightLines(runs, since))
	files, err := book.Files(ctx)
	if err != nil {
		return m, err
	}
	section("Lists since yesterday", listLines(files, since))
	section("Due and late", dueLines(v.expected, pipeline.DateOf(v.At, a.cfg.Location())))
	alerts, err := book.Alerts(ctx)
	if err != nil {
		return m, err
	}
	section("Wrong now", alertLines(alerts))
	return m, nil
}

// changes compares what is published with what was published a day ago.
func (a *App) changes(ctx context.Context, v Vitals, since time.Time) ([]string, error) {
	if v.Published == nil {
		return []string{"Nothing is published yet."}, nil
	}
	now, err := monthRates(ctx, v.Published.Warehouse)
	if err != nil {
		return nil, err
	}
	then := map[rateKey]monthRate{}
	if old := a.publishedBefore(since); old != "" && old != v.Published.Warehouse {
		if rates, err := monthRates(ctx, old); err == nil { // one of an older program may lack a column; then there is no yesterday
			then = rates
		}
	} else if v.Published.Published.Before(since) {
		return []string{fmt.Sprintf("No new figures; as at %s, published %s.", v.Published.AsAt, v.Published.Published.Format(time.DateOnly))}, nil
	}
	lines := []string{"As at " + v.Published.AsAt.String() + "."}
	for _, basis := range []string{"recorded", "resolved"} {
		lines = append(lines, changeLine(rateKey{band: "16-17", basis: basis}, now, then))
	}
	return lines, nil
}

// changeLine words the newest month of a band and basis beside what was said
// of the same month before, or of the newest one then.
func changeLine(k rateKey, now, then map[rateKey]monthRate) string {
	newest := func(rates map[rateKey]monthRate) (rateKey, bool) {
		best := k
		for o := range rates {
			if o.band == k.band && o.basis == k.basis && o.month > best.month {
				best = o
			}
		}
		return best, best.month != ""
	}
	cur, ok := newest(now)
	if !ok {
		return fmt.Sprintf("%s %s: no month is published.", k.band, k.basis)
	}
	r := now[cur]
	line := fmt.Sprintf("%s %s, %s: cohort %.0f, not known %.1f per cent", k.band, k.basis, cur.month, r.cohort, r.unknown())
	before, known := then[cur]
	month := "yesterday"
	if !known {
		var old rateKey
		if old, known = newest(then); known {
			before, month = then[old], old.month
		}
	}
	switch {
	case !known:
		return line + "."
	case before == r:
		return line + ", as " + month + "."
	}
	return fmt.Sprintf("%s (%s: %.0f and %.1f).", line, month, before.cohort, before.unknown())
}

// publishedBefore returns the warehouse that readers saw at a moment, as far
// as it is still kept; the oldest kept one else.
func (a *App) publishedBefore(at time.Time) string {
	entries, err := os.ReadDir(a.published()) // sorted by name, which is the time of the run
	if err != nil {
		return ""
	}
	limit, found := pipeline.NewRunID(at), ""
	for _, e := range entries {
		path := filepath.Join(a.published(), e.Name(), "nightjar.duckdb")
		if _, err := os.Stat(path); err != nil || !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if found == "" || e.Name() <= limit {
			found = path
		}
	}
	return found
}

func nightLines(runs []pipeline.RunRecord, since time.Time) []string {
	var out []string
	for _, r := range runs {
		if r.Started.Before(since) {
			continue
		}
		line := fmt.Sprintf("%s %s, started by %s", r.RunID, r.State, r.Trigger)
		if r.Reason != "" {
			line += ": " + r.Reason
		}
		out = append(out, line)
	}
	return out
}

// listLines sums the lists of a day by dataset and provider. A file's name may
// hold a person's, so it is left out.
func listLines(files []pipeline.FileRecord, since time.Time) []string {
	var out []string
	for _, f := range files {
		if f.LoadedAt.Before(since) {
			continue
		}
		if f.Status == pipeline.FileRefused {
			out = append(out, fmt.Sprintf("%s from %s: refused; nightjar status says why", f.Dataset, f.Provider))
			continue
		}
		out = append(out, fmt.Sprintf("%s from %s: %d rows, %d in quarantine", f.Dataset, f.Provider, f.Counts.Accepted, f.Counts.Quarantined))
	}
	return out
}

// remindDays is how long before its due day a list is spoken of.
const remindDays = 7

// dueLines names what is late and what is due within a week, in season only.
func dueLines(items []calendar.Item, today pipeline.Date) []string {
	var out []string
	for _, it := range items {
		switch {
		case it.State == calendar.Late:
			out = append(out, fmt.Sprintf("LATE  %s from %s, due %s (%s)", it.Dataset, it.Provider, it.Due, it.Season))
		case it.State == calendar.Due && it.Due-today <= remindDays:
			out = append(out, fmt.Sprintf("due   %s from %s by %s (%s)", it.Dataset, it.Provider, it.Due, it.Season))
		}
	}
	return out
}

func alertLines(alerts []pipeline.Alert) []string {
	var out []string
	for _, a := range alerts {
		if a.State == pipeline.AlertOpen {
			out = append(out, fmt.Sprintf("%s since %s: %s", a.Subject, a.Since.Format("2006-01-02 15:04Z"), a.Say))
		}
	}
	return out
}
