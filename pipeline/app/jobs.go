package app

import (
	"errors"
	"fmt"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
	"nightjar/schedules"
)

// planJobs turns the configured jobs into the scheduler's, and reports what
// the scheduler refuses with the field it stands in.
func planJobs(c *config.Config, problem func(field, say string)) []schedules.Job {
	var jobs []schedules.Job
	for i, j := range c.Jobs {
		field := fmt.Sprintf("jobs[%d]", i)
		window, err := schedules.ParseWindow(j.Season.From, j.Season.To)
		if err != nil {
			problem(field+".season", err.Error())
			continue
		}
		zone, err := jobZone(j, c)
		if err != nil {
			problem(field+".time_zone", err.Error())
			continue
		}
		job, err := schedules.Parse(j.Name, j.Cron, zone, window)
		if refused := (*schedules.ExprError)(nil); errors.As(err, &refused) {
			problem(field+".cron", refused.Error())
			continue
		}
		if err != nil {
			problem(field, err.Error())
			continue
		}
		job.Datasets, job.Policy = j.Datasets, policy(j)
		if err := job.Policy.Check(); err != nil {
			problem(field, err.Error())
			continue
		}
		jobs = append(jobs, job)
	}
	return jobs
}

// jobZone is the zone in which a job's times are meant.
func jobZone(j config.Job, c *config.Config) (*time.Location, error) {
	if j.TimeZone == "" {
		return c.Location(), nil
	}
	zone, err := time.LoadLocation(j.TimeZone)
	if err != nil || j.TimeZone == "Local" { // Local is whatever the machine happens to be set to
		return nil, fmt.Errorf("%q is not a time zone; write it as Europe/London", j.TimeZone)
	}
	return zone, nil
}

// policy lays what the configuration says over the scheduler's default.
func policy(j config.Job) schedules.Policy {
	p := schedules.DefaultPolicy()
	if j.CatchUp != "" {
		p.CatchUp = schedules.CatchUp(j.CatchUp)
	}
	if j.Overlap != "" {
		p.Overlap = schedules.Overlap(j.Overlap)
	}
	if j.Cap != nil {
		p.Cap = *j.Cap
	}
	if j.Retries != nil {
		p.Retries = *j.Retries
	}
	if j.MaxAge != nil {
		p.MaxAge = j.MaxAge.Span()
	}
	if j.Deadline != nil {
		p.Deadline = j.Deadline.Span()
	}
	if j.Backoff != nil {
		p.Backoff = j.Backoff.Span()
		p.MaxBackoff = max(p.MaxBackoff, p.Backoff)
	}
	if j.MaxBackoff != nil {
		p.MaxBackoff = j.MaxBackoff.Span()
	}
	return p
}

// jobs returns the planned jobs of people's configuration.
func (a *App) jobs() []schedules.Job {
	return planJobs(a.cfg, func(string, string) {}) // Open refused the configuration if there was a problem
}

// job returns the planned job of a name.
func (a *App) job(name string) (schedules.Job, error) {
	names := ""
	for _, j := range a.jobs() {
		if j.Name == name {
			return j, nil
		}
		names += ", " + j.Name
	}
	if names == "" {
		return schedules.Job{}, a.noJobs()
	}
	return schedules.Job{}, fmt.Errorf("%w: no job %q; there are: %s", pipeline.ErrUsage, name, names[2:])
}

func (a *App) noJobs() error {
	return fmt.Errorf("%w: no job is planned; add one under jobs in %s, such as {name: night, cron: \"30 2 * * *\"}", pipeline.ErrUsage, a.ConfigPath)
}

// worth says which errors may be gone at another attempt: a file that changed
// while it was read, a share that is not there, another run at work. Whoever
// returns them says so by wrapping the one or the other.
func worth(err error) bool {
	return errors.Is(err, pipeline.ErrNotReady) || errors.Is(err, pipeline.ErrLocked)
}

// passing is an error that may be gone at another attempt and is about no
// file: a share that is not mounted, a mail server that is busy.
type passing struct{ error }

// Unwrap returns what went wrong.
func (p passing) Unwrap() error { return p.error }

// Is makes it a pipeline.ErrNotReady.
func (p passing) Is(target error) bool { return target == pipeline.ErrNotReady }
