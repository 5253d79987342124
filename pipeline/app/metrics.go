package app

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
)

// exposition gathers metrics in the text form that Prometheus reads.
type exposition struct{ strings.Builder }

// family begins a metric.
func (e *exposition) family(name, kind, help string) {
	fmt.Fprintf(e, "# HELP nightjar_%s %s\n# TYPE nightjar_%s %s\n", name, help, name, kind)
}

// labelled is how a label's value is written.
var labelled = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// sample writes one value; labels are name, value, name, value.
func (e *exposition) sample(name string, value float64, labels ...string) {
	e.WriteString("nightjar_" + name)
	for i := 0; i+1 < len(labels); i += 2 {
		mark := ","
		if i == 0 {
			mark = "{"
		}
		fmt.Fprintf(e, `%s%s="%s"`, mark, labels[i], labelled.Replace(labels[i+1]))
	}
	if len(labels) > 1 {
		e.WriteString("}")
	}
	e.WriteString(" " + strconv.FormatFloat(value, 'g', -1, 64) + "\n")
}

// single writes a metric of one value.
func (e *exposition) single(name, kind, help string, value float64) {
	e.family(name, kind, help)
	e.sample(name, value)
}

// metricsText writes the vitals for Prometheus.
func metricsText(v Vitals) string {
	e := &exposition{}
	e.runs(v)
	e.datasets(v)
	e.single("inbox_files", "gauge", "Files that wait in the inbox.", float64(v.InboxFiles))
	e.single("inbox_oldest_seconds", "gauge", "How long the oldest file in the inbox has waited; 0 when none.", v.InboxOldest.Seconds())
	e.family("slots_missed_total", "counter", "Planned times that had no run.")
	for _, job := range slices.Sorted(maps.Keys(v.Missed)) {
		e.sample("slots_missed_total", float64(v.Missed[job]), "job", job)
	}
	e.family("lists_expected", "gauge", "Lists of the operational calendar by what became of them.")
	for _, s := range []calendar.State{calendar.Due, calendar.Late} {
		e.sample("lists_expected", float64(v.WaitingFor[s]), "state", string(s))
	}
	e.single("alerts_open", "gauge", "Things that are wrong now.", float64(v.OpenAlerts))
	return e.String()
}

func (e *exposition) runs(v Vitals) {
	e.family("runs_total", "counter", "Runs by how they ended.")
	for _, s := range []pipeline.RunState{pipeline.RunDone, pipeline.RunFailed, pipeline.RunHeld, pipeline.RunInterrupted} {
		e.sample("runs_total", float64(v.Runs[s]), "state", string(s))
	}
	if r := v.LastRun; r != nil && !r.Ended.IsZero() {
		e.single("last_run_exit_code", "gauge", "Exit code of the last run.", float64(r.ExitCode))
		e.single("last_run_duration_seconds", "gauge", "How long the last run took.", r.Ended.Sub(r.Started).Seconds())
	}
	if !v.LastGood.IsZero() {
		e.single("last_good_run_seconds", "gauge", "Seconds since the last run that ended well.", v.At.Sub(v.LastGood).Seconds())
	}
	if v.Published != nil {
		e.single("published_age_seconds", "gauge", "Seconds since what readers see was published; a night without news publishes nothing.", v.At.Sub(v.Published.Published).Seconds())
		e.single("published_as_at_seconds", "gauge", "Knowledge date of what readers see, seconds since 1970.", float64(v.Published.AsAt.Time().Unix()))
	}
}

func (e *exposition) datasets(v Vitals) {
	for _, f := range []struct {
		name, kind, help string
		value            func(DatasetVitals) float64
	}{
		{"rows_accepted_total", "counter", "Rows that kept their contract.", func(d DatasetVitals) float64 { return float64(d.Accepted) }},
		{"rows_quarantined_total", "counter", "Rows that were refused.", func(d DatasetVitals) float64 { return float64(d.Quarantined) }},
		{"files_refused", "gauge", "Files that were refused whole and wait to be mended.", func(d DatasetVitals) float64 { return float64(d.Refused) }},
		{"rows_matched", "gauge", "Rows linked to a person, of what is published.", func(d DatasetVitals) float64 { return float64(d.Matched) }},
		{"rows_unmatched", "gauge", "Rows that fit nobody, of what is published.", func(d DatasetVitals) float64 { return float64(d.Unmatched) }},
		{"newest_delivery_seconds", "gauge", "Seconds since the newest delivery.", func(d DatasetVitals) float64 { return age(v.At, d.Newest) }},
	} {
		e.family(f.name, f.kind, f.help)
		for _, d := range v.Datasets {
			if f.name == "newest_delivery_seconds" && d.Newest.IsZero() {
				continue
			}
			e.sample(f.name, f.value(d), "dataset", d.Dataset)
		}
	}
}

func age(now, then time.Time) float64 { return now.Sub(then).Seconds() }
