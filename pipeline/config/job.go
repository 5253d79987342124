package config

import (
	"fmt"
	"strings"
	"time"

	"nightjar/pipeline"
)

// MorningMail is the name of the job that sends the morning mail; no job of
// the configuration may take it, because slots are known by the job's name.
const MorningMail = "morning-mail"

// Job is one planned run. What is left out has the scheduler's default, which
// the comments name.
type Job struct {
	Name       string    `yaml:"name"`
	Cron       string    `yaml:"cron"`        // five fields, in the job's time zone
	TimeZone   string    `yaml:"time_zone"`   // empty: the configuration's
	Datasets   []string  `yaml:"datasets"`    // empty: the whole night
	Season     Season    `yaml:"season"`      // empty: all year
	CatchUp    string    `yaml:"catch_up"`    // none, last or all of the slots that nobody met; last
	MaxAge     *Duration `yaml:"max_age"`     // slots older than this are not caught up; 3d
	Cap        *int      `yaml:"cap"`         // most slots caught up at once; 7
	Overlap    string    `yaml:"overlap"`     // queue or skip a slot while an earlier one of the job is at work; queue
	Retries    *int      `yaml:"retries"`     // further attempts for what is worth one; 3
	Backoff    *Duration `yaml:"backoff"`     // pause before the first retry, doubled with each; 1m
	MaxBackoff *Duration `yaml:"max_backoff"` // longest pause; 30m
	Deadline   *Duration `yaml:"deadline"`    // a slot with its waiting and retries is over by then; 6h
}

// Season is the part of the year in which a job has slots, both days
// included. From 11-01 to 02-28 is the winter.
type Season struct {
	From string `yaml:"from"` // month and day, such as 09-01
	To   string `yaml:"to"`
}

func (c *Config) validateJobs(doc *document, known map[string]pipeline.Dataset) {
	seen := make(map[string]bool)
	for i, j := range c.Jobs {
		field := fmt.Sprintf("jobs[%d]", i)
		if !jobName.MatchString(j.Name) {
			doc.add(field+".name", "%q is not a job name; use lower-case letters, digits and dashes", j.Name)
		}
		if seen[j.Name] {
			doc.add(field+".name", "%q is the name of another job too", j.Name)
		}
		if j.Name == MorningMail {
			doc.add(field+".name", "%q is the job of the morning mail; choose another name", j.Name)
		}
		seen[j.Name] = true
		if strings.TrimSpace(j.Cron) == "" {
			doc.add(field+".cron", "is empty; write five fields, such as \"30 2 * * *\"")
		}
		for k, ds := range j.Datasets {
			if _, ok := known[ds]; !ok {
				doc.add(fmt.Sprintf("%s.datasets[%d]", field, k), "no such dataset; expected one of: %s", join(sortedKeys(known)))
			}
		}
		j.validatePolicy(doc, field)
	}
}

// validatePolicy finds values that no policy allows. What depends on several
// values together is judged by the scheduler, through Load's check.
func (j Job) validatePolicy(doc *document, field string) {
	oneOf := func(name, got string, allowed ...string) {
		if got == "" {
			return
		}
		for _, a := range allowed {
			if got == a {
				return
			}
		}
		doc.add(field+"."+name, "%q is not known; write one of: %s", got, join(allowed))
	}
	oneOf("catch_up", j.CatchUp, "none", "last", "all")
	oneOf("overlap", j.Overlap, "queue", "skip")
	for name, span := range map[string]*Duration{
		"max_age": j.MaxAge, "backoff": j.Backoff, "max_backoff": j.MaxBackoff, "deadline": j.Deadline,
	} {
		if span != nil && *span <= 0 {
			doc.add(field+"."+name, "must be more than nothing; write it as 30s, 6h or 3d")
		}
	}
	if j.Cap != nil && *j.Cap < 1 {
		doc.add(field+".cap", "must be 1 or more; to catch up nothing, write catch_up: none")
	}
	if j.Retries != nil && (*j.Retries < 0 || *j.Retries > maxRetries) {
		doc.add(field+".retries", "must lie between 0 and %d", maxRetries)
	}
	if (j.Season.From == "") != (j.Season.To == "") {
		doc.add(field+".season", "needs both ends; write {from: 09-01, to: 10-31}")
	}
}

// maxRetries is more attempts than any deadline leaves time for.
const maxRetries = 100

// Span returns a span as the standard library's type.
func (d Duration) Span() time.Duration { return time.Duration(d) }
