package sources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
	"nightjar/sources/contract"
	"nightjar/sources/snapshot"
	"nightjar/sources/tabular"
)

const (
	lakeFolder       = "lake"
	quarantineFolder = "quarantine"
)

// ruleQuarantineLimit refuses a file of which too much was refused.
const ruleQuarantineLimit = "quarantine_limit"

// load is the loading of one file.
type load struct {
	loader   *Loader
	dataset  pipeline.Dataset
	arrival  pipeline.Arrival
	progress pipeline.Progress

	table    *table
	caster   *contract.Caster
	keys     *keyCounter   // nil where there is nothing to count
	checks   *returnChecks // of a monthly return in XML; nil for other lists
	periods  *periods
	lake     *snapshot.Writer
	packing  *snapshot.Background // of lake
	refused  *rejects
	who      *whoReader // nil where nobody was erased
	erased   []pipeline.ErasedLine
	counts   pipeline.Counts
	notARow  int64 // refused rows that never were records
	notices  []pipeline.Issue
	lakePath string
	quarPath string
	layout   pipeline.Layout
}

// run reads the file to its end. Rows are written aside; finish decides
// whether they are shown.
func (j *load) run(ctx context.Context) error {
	file, err := tabular.Open(j.arrival.Path)
	if err != nil {
		return j.readError(err)
	}
	err = j.rows(ctx, file)
	hash, closeErr := file.Close()
	switch {
	case err != nil:
		return err
	case closeErr != nil:
		return j.readError(closeErr)
	case hash != j.arrival.Hash:
		return notReady(j.arrival, errors.New("its content is not what was found at first"))
	}
	return nil
}

func (j *load) rows(ctx context.Context, file tabular.File) error {
	env := contract.Env{Lists: j.loader.opts.Lists, Location: j.loader.opts.Location, Date1904: file.Form().Date1904,
		Scratch: filepath.Join(j.loader.opts.Lake, workFolder)}
	profile := j.loader.opts.Profiles[j.dataset.Name][j.arrival.Provider]
	t, issues, err := findTable(file, j.dataset, profile, env)
	if err != nil {
		return j.readError(err)
	}
	if t == nil {
		return j.refuse(issues)
	}
	defer t.rows.Close()
	j.table, j.layout, j.notices = t, t.binding.Layout, append(j.notices, t.binding.Notices...)
	if form := file.Form(); form.Encoding != "" && form.Encoding != "utf-8" {
		j.notices = append(j.notices, pipeline.Issue{Rule: "encoding", Say: "the file is written in " + form.Encoding})
	}
	if j.periods, err = newPeriods(j.dataset, j.arrival); err != nil {
		return j.refuse([]pipeline.Issue{{Rule: "period", Say: err.Error(), Hint: "name the period in the manifest or put YYYY-MM into the file name"}})
	}
	j.open(contract.NewCaster(t.binding, env))
	if file.Form().Kind == "xml" && j.layout.Relation == "caseload" {
		j.checks = newReturnChecks(j.caster.Batch(), env.Lists["activity_codes"], env.Scratch)
	}
	return j.cast(ctx)
}

// open prepares the two files and the provenance that all rows share.
func (j *load) open(c *contract.Caster) {
	j.caster = c
	a := j.arrival
	name := fmt.Sprintf("%s/delivered_month=%s/%s-%s-%s.parquet", a.Dataset, a.DeliveredOn.Month(),
		fileSafe(a.Provider), a.DeliveredAt.UTC().Format("20060102T150405Z"), fileSafe(a.Hash[:min(12, len(a.Hash))]))
	j.lakePath, j.quarPath = lakeFolder+"/"+name, quarantineFolder+"/"+name
	j.lake = snapshot.NewWriter(filepath.Join(j.loader.opts.Lake, filepath.FromSlash(j.lakePath)), j.layout.StoredColumns())
	j.packing = snapshot.NewBackground(j.lake)
	j.refused = newRejects(filepath.Join(j.loader.opts.Lake, filepath.FromSlash(j.quarPath)), a, j.table.sheet)
	fillProvenance(c.Batch(), a, j.table.sheet)
	j.who = newWhoReader(j.loader.opts.Erased, c.Batch(), j.table.binding)
	if _, guarded := j.loader.opts.Volume[a.Dataset]; guarded {
		j.keys = newKeyCounter(j.dataset, j.layout, c.Batch())
	}
	j.periods.attach(c.Batch())
}

// fileSafe keeps the characters that a lake file's name may have.
func fileSafe(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-':
			return r
		default:
			return '-'
		}
	}, s)
}

func fillProvenance(b *snapshot.Batch, a pipeline.Arrival, sheet string) {
	for name, text := range map[string]string{
		"dataset": a.Dataset, "provider": a.Provider, "file_hash": a.Hash, "file_name": a.Name, "sheet": sheet,
	} {
		b.Column(name).FillText(text)
	}
	b.Column("delivered_at").FillTime(a.DeliveredAt)
	b.Column("delivered_on").FillDate(a.DeliveredOn)
	if years := b.Column("academic_year"); years != nil {
		years.FillText(pipeline.AcademicYearOf(a.DeliveredOn).String())
	}
}

// cast takes every row below the header: of a long list in blocks of rows,
// while they are regular, and the others one by one.
func (j *load) cast(ctx context.Context) error {
	// The first batch is full or all there is, whichever way the rest is read:
	// by its rows the encodings of the snapshot are chosen.
	if err := j.castRows(ctx, true); err != nil {
		return err
	}
	if b, ok := j.inBlocks(); ok {
		if err := b.takeAll(ctx); err != nil {
			return err
		}
	}
	if err := j.castRows(ctx, false); err != nil {
		return err
	}
	if err := j.flush(ctx); err != nil {
		return err
	}
	if err := errors.Join(j.packing.Close(), j.caster.Close(), j.checks.close()); err != nil {
		return j.writeError(err)
	}
	return nil
}

// castRows takes the rows that are left, one by one, or only until a batch is
// written.
func (j *load) castRows(ctx context.Context, oneBatch bool) error {
	batch := j.caster.Batch()
	told := j.counts.Read
	for {
		rec, err := j.table.next()
		if errors.Is(err, io.EOF) {
			j.progress.Add(j.counts.Read - told)
			return nil
		}
		if err != nil {
			return j.readError(err)
		}
		if err := j.take(rec); err != nil {
			return err
		}
		if batch.Full() {
			if err := j.flush(ctx); err != nil {
				return err
			}
			j.progress.Add(j.counts.Read - told)
			if told = j.counts.Read; oneBatch && len(j.table.held) == 0 {
				return nil
			}
		}
	}
}

func (j *load) flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := j.packing.Write(j.caster.Batch()); err != nil {
		return j.writeError(err)
	}
	return nil
}

// take sorts one row.
func (j *load) take(rec tabular.Record) error {
	j.counts.Read++
	switch j.caster.Cast(rec) {
	case contract.Blank:
		j.counts.Blank++
		return nil
	case contract.Accepted:
		batch := j.caster.Batch()
		if j.who.accepted(batch.Rows) {
			j.erase(rec)
			return nil
		}
		if err := j.periods.set(batch.Rows); err != nil {
			j.counts.Read-- // the file is refused at this row, which became nothing
			return j.refuse([]pipeline.Issue{{Rule: "period", Line: rec.Line, Say: err.Error(), Hint: "fill the column, or name the period in the manifest"}})
		}
		if j.checks != nil {
			j.checks.row(batch.Rows, rec.Line)
		}
		if j.keys != nil {
			j.keys.row(batch.Rows)
		}
		batch.Rows++
		j.counts.Accepted++
		return nil
	default:
		if j.who.refused(rec.Cells) {
			j.erase(rec)
			return nil
		}
		r := j.caster.Refusal()
		if j.checks != nil {
			r = numbered(r)
		}
		raw, err := rawText(rec)
		if err != nil {
			return j.writeError(err)
		}
		return j.quarantine(refusedRow{rec.Line, raw, r})
	}
}

func (j *load) readError(err error) error {
	if r, ok := tabular.AsRefusal(err); ok {
		return j.refuse([]pipeline.Issue{{Rule: r.Rule, Say: r.Say, Hint: r.Hint}})
	}
	return notReady(j.arrival, err)
}

// refuse returns the file's refusal with its name in every issue.
func (j *load) refuse(issues []pipeline.Issue) error {
	for i := range issues {
		issues[i].File = j.arrival.Name
		if j.table != nil && issues[i].Sheet == "" {
			issues[i].Sheet = j.table.sheet
		}
	}
	return &pipeline.RefusedError{File: j.arrival.Name, Issues: issues}
}

func (j *load) abort() {
	if j.lake != nil {
		_ = j.packing.Close() // what went wrong with it has been told
		j.lake.Abort()
		_ = errors.Join(j.caster.Close(), j.checks.close())
	}
	if j.refused != nil {
		j.refused.out.Abort()
	}
}
