package app

import (
	"context"
	"fmt"
	"os"

	"nightjar/schedules"
)

// Finding is one thing that was checked, and what is wrong with it.
type Finding struct {
	What     string   `json:"what"`
	Say      string   `json:"say"`
	Problems []string `json:"problems"`
	Notes    []string `json:"notes,omitempty"` // allowed, and may surprise
}

// Check checks what can be checked without data. The configuration and the
// reference lists were read when the app was opened; a problem there has been
// reported already.
func (a *App) Check(ctx context.Context) ([]Finding, error) {
	findings := []Finding{
		{What: "configuration", Say: a.cfg.Path, Problems: []string{}},
		a.checkContracts(),
		a.checkFolders(), a.checkJobs(),
	}
	if len(a.cfg.Places) > 0 {
		findings = append(findings, a.checkPlaces())
	}
	models, err := a.checkModels(ctx)
	if err != nil {
		return nil, err
	}
	return append(findings, models), nil
}

func (a *App) checkContracts() Finding {
	f := Finding{What: "contracts", Say: fmt.Sprintf("%d datasets, %d code lists", len(a.datasets), len(a.lists)), Problems: []string{}}
	if err := a.loaderOptions(a.lake()).Check(); err != nil {
		f.Problems = append(f.Problems, err.Error())
	}
	return f
}

func (a *App) checkFolders() Finding {
	f := Finding{What: "folders", Say: a.cfg.Folders.Inbox + ", " + a.cfg.Folders.Data, Problems: []string{}}
	if err := a.makeFolders(); err != nil {
		f.Problems = append(f.Problems, err.Error())
		return f
	}
	for _, folder := range []string{a.cfg.Folders.Inbox, a.work(), a.published()} {
		probe, err := os.CreateTemp(folder, ".nightjar-probe-")
		if err != nil {
			f.Problems = append(f.Problems, fmt.Sprintf("%v; give the account that runs Nightjar the right to write there", err))
			continue
		}
		probe.Close()
		if err := os.Remove(probe.Name()); err != nil {
			f.Problems = append(f.Problems, err.Error())
		}
	}
	return f
}

func (a *App) checkJobs() Finding {
	jobs := a.jobs() // one that cannot be planned is a problem of the configuration
	f := Finding{What: "jobs", Say: fmt.Sprintf("%d planned", len(jobs)), Problems: []string{}}
	for _, l := range schedules.Lint(jobs, a.Clock.Now()) {
		f.Notes = append(f.Notes, l.String())
	}
	return f
}

func (a *App) checkModels(ctx context.Context) (Finding, error) {
	f := Finding{What: "models", Problems: []string{}}
	// The check needs room of its own, and must not disturb a night at work.
	dir, err := os.MkdirTemp("", "nightjar-check-")
	if err != nil {
		return f, fmt.Errorf("models cannot be checked: %w", err)
	}
	defer os.RemoveAll(dir)
	w, err := a.warehouse(dir, nil)
	if err != nil {
		return f, err
	}
	issues, err := w.CheckModels(ctx)
	if err != nil {
		return f, fmt.Errorf("models cannot be checked: %w", err)
	}
	f.Say = "every model bound against empty relations"
	for _, i := range issues {
		f.Problems = append(f.Problems, i.String())
	}
	return f, nil
}
