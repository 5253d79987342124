// Package sample writes a synthetic local authority, the model case Sefton:
// eight academic years of lists as its providers would hand them in, from
// whose records the published figures come out. Wards and authorities are
// real; people, postcodes and institutions are invented. The same seed gives
// the same bytes on every machine.
//
// The figures to come out stand in data/*.csv. The generator makes people
// first, decides month by month what each of them is (simulate.go), writes
// that down as the caseload system would (records.go, caseload.go), and lets
// schools, colleges and centres report on the same people with the faults
// that such lists have.
package sample

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"nightjar/pipeline"
)

// Options says what to write and where.
type Options struct {
	Out      string // folder to write into; made when absent
	Seed     uint64
	People   int // 0: the model case; else a streamed caseload of one year with this many people
	Progress pipeline.Progress
}

// Summary is what was written.
type Summary struct {
	Out      string `json:"out"`
	Config   string `json:"config"`   // path of the configuration file
	Existing bool   `json:"existing"` // the same sample stood there already and nothing was touched
	People   int64  `json:"people"`
	Files    int64  `json:"files"`
	Rows     int64  `json:"rows"`
	Bytes    int64  `json:"bytes"`
}

// Write writes the sample. Where the same sample stands already, even if its
// files were taken since, it changes nothing and says so in the summary. It
// refuses a folder that holds anything else.
func Write(ctx context.Context, opts Options) (Summary, error) {
	if opts.Progress == nil {
		opts.Progress = pipeline.NoProgress{}
	}
	if opts.People < 0 {
		return Summary{}, fmt.Errorf("%w: a sample of %d people cannot be written; give 0 for the model case", pipeline.ErrUsage, opts.People)
	}
	done, err := begin(opts)
	if err != nil || done.Existing {
		return done, err
	}
	in := &inbox{root: filepath.Join(opts.Out, "inbox")}
	if opts.People > 0 {
		err = stream(ctx, opts, in)
	} else {
		err = modelCase(ctx, opts, in)
	}
	if err != nil {
		return Summary{}, err
	}
	if err := in.manifest(); err != nil {
		return Summary{}, err
	}
	return finish(opts, in.sum)
}

// modelCase writes the eight years of the model case.
func modelCase(ctx context.Context, opts Options, in *inbox) error {
	pop, err := newPopulation(opts.Seed)
	if err != nil {
		return err
	}
	pop.fill()
	if err := pop.simulate(ctx, opts.Seed); err != nil {
		return err
	}
	pop.markPeople(newChance(opts.Seed, "circumstances"))
	in.sum.People = int64(len(pop.people))
	if err := writePostcodes(in, pop.geo); err != nil {
		return err
	}
	if err := writePublished(in); err != nil {
		return err
	}
	table, err := readPortal(pop.goal, opts.Seed)
	if err != nil {
		return err
	}
	if err := table.write(in); err != nil {
		return err
	}
	return writeMonths(ctx, opts, in, pop)
}

// writeMonths writes month by month what the caseload system sends and what
// the providers report of the same people.
func writeMonths(ctx context.Context, opts Options, in *inbox, pop *population) error {
	if err := writePeople(opts.Out, pop.people); err != nil {
		return err
	}
	known, err := openTruth(opts.Out)
	if err != nil {
		return err
	}
	rc := newRecorder(pop, opts.Seed)
	reports, err := newLists(rc, in, known, opts.Seed)
	if err != nil {
		return errors.Join(err, known.close())
	}
	w := &caseloadWriter{recorder: rc, in: in, printed: map[pipeline.Date]string{}}
	opts.Progress.Start("sample caseload", "months", allMonths)
	defer opts.Progress.Done()
	for m := range month(allMonths) {
		rc.advance(m)
		err := w.write(ctx, m)
		if err == nil {
			err = reports.write(m)
		}
		if err != nil {
			return errors.Join(err, known.close())
		}
		opts.Progress.Add(1)
	}
	return known.close()
}

// writeFile writes a small file of the sample as a whole.
func writeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return nil
}
