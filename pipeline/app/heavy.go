package app

import (
	"context"

	"nightjar/pipeline"
	"nightjar/pipeline/notify"
	"nightjar/schedules"
	"nightjar/transforms"
)

// heavy is the daemon's work that takes DuckDB. The daemon waits for most of
// the day and should then take next to nothing of the machine; a process that
// has once opened DuckDB keeps tens of megabytes of its code resident, and a
// fault in it ends the process. So a daemon hands this work to processes of
// their own (helper), and everybody else does it at once (here).
type heavy interface {
	// prove fails on what a night would fail on.
	prove(ctx context.Context, a *App) error
	// night runs the night of a slot and returns the id of its run, empty when
	// none began.
	night(ctx context.Context, a *App, n slotNight) (string, error)
	// matches counts the rows of a published warehouse that are linked to a
	// person and those that are not, by dataset.
	matches(ctx context.Context, a *App, warehouse string) (map[string][2]int64, error)
	// morning words the morning mail.
	morning(ctx context.Context, a *App) (notify.Message, error)
}

// slotNight is the night of a slot as it is asked for.
type slotNight struct {
	Trigger  string   `json:"trigger"`
	Datasets []string `json:"datasets,omitempty"`
	Retry    retrying `json:"retry"`
}

// askNight words the night of a slot.
func askNight(job schedules.Job, slot schedules.Slot, by string) slotNight {
	return slotNight{
		Trigger: by + " " + job.Name + " " + slot.Nominal.String(), Datasets: job.Datasets,
		Retry: retrying{Times: job.Policy.Retries, Backoff: job.Policy.Backoff, MaxBackoff: job.Policy.MaxBackoff},
	}
}

// here does the work in this process.
type here struct{}

func (here) prove(ctx context.Context, a *App) error { return a.prove(ctx) }

func (here) night(ctx context.Context, a *App, n slotNight) (string, error) { return a.nightOf(ctx, n) }

func (here) morning(ctx context.Context, a *App) (notify.Message, error) {
	book, err := a.openLedger()
	if err != nil {
		return notify.Message{}, err
	}
	defer book.Close()
	return a.morning(ctx, book)
}

func (here) matches(ctx context.Context, _ *App, warehouse string) (map[string][2]int64, error) {
	res, err := transforms.Query(ctx, warehouse, "list_effects", "", 0)
	if err != nil {
		return nil, err
	}
	by := map[string][2]int64{}
	for _, row := range res.Rows {
		r := Values{}
		for i, c := range res.Columns {
			r[c.Name] = row[i]
		}
		matched, _ := r.Number("matched_count")
		unmatched, _ := r.Number("unmatched_count")
		was := by[r.Text("dataset")]
		by[r.Text("dataset")] = [2]int64{was[0] + int64(matched), was[1] + int64(unmatched)}
	}
	return by, nil
}

// retrying is what the policy of a job says about trying again.
type retrying = pipeline.Retry
