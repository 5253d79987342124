package sources

import (
	"errors"
	"fmt"

	"nightjar/pipeline"
)

// finish shows what was written, or explains why not. err is what reading
// found wrong.
func (j *load) finish(err error) (pipeline.FileRecord, error) {
	if err != nil {
		return j.refusedWith(err)
	}
	if !j.counts.Balanced() {
		return j.record(), fmt.Errorf("%s: %d rows were read but %d accepted, %d quarantined, %d blank and %d erased; please report this",
			j.arrival.Name, j.counts.Read, j.counts.Accepted, j.counts.Quarantined, j.counts.Blank, j.counts.Erased)
	}
	notices, reasons := j.caster.Issues()
	j.notices = append(append(j.notices, noted(j.table.rows)...), notices...)
	if j.checks != nil {
		j.notices = append(j.notices, j.checks.notices()...)
	}
	if j.keys != nil {
		if n, odd := j.keys.notice(j.counts.Accepted, j.loader.opts.Volume[j.dataset.Name].Share); odd {
			j.notices = append(j.notices, n)
		}
	}
	reasons = append(reasons, j.overLimit()...)
	if err := j.refused.flush(); err != nil {
		return j.record(), j.writeError(err)
	}
	held, err := j.refused.out.Commit()
	if err != nil {
		return j.record(), j.writeError(err)
	}
	if !held {
		j.quarPath = ""
	}
	if len(reasons) > 0 {
		j.lakePath = ""
		rec, err := j.refusedWith(j.refuse(reasons))
		rec.Quarantine = j.quarPath
		return rec, err
	}
	shown, err := j.lake.Commit()
	if err != nil {
		return j.record(), j.writeError(err)
	}
	if !shown {
		j.lakePath = ""
	}
	rec := j.record()
	rec.Path, rec.Quarantine, rec.Status = j.lakePath, j.quarPath, pipeline.FileLoaded
	rec.MinPeriod, rec.MaxPeriod = j.periods.least, j.periods.greatest
	return rec, nil
}

// overLimit compares the rejected share with the dataset's limit. Rows that
// never were records, totals and notes, are not rejected records: a short list
// with a total under it is a sound list.
func (j *load) overLimit() []pipeline.Issue {
	limit, ok := j.loader.opts.Limits[j.dataset.Name]
	if !ok {
		limit = j.dataset.MaxRejected
	}
	rejected := j.counts.Quarantined - j.notARow
	records := j.counts.Accepted + rejected
	if records == 0 || float64(rejected) <= limit*float64(records) {
		return nil
	}
	return []pipeline.Issue{{
		Rule: ruleQuarantineLimit,
		Say:  fmt.Sprintf("%d of %d records were refused, more than the %.4g per cent that %s allows", rejected, records, 100*limit, j.dataset.Name),
		Hint: "look at the refused rows, mend the list and hand it in again, or raise max_rejected_percent of the dataset",
	}}
}

func (j *load) writeError(err error) error {
	return fmt.Errorf("snapshot of %s: %w; check space and rights of the data folder", j.arrival.Name, err)
}

// refusedWith records why the file is not loaded.
func (j *load) refusedWith(err error) (pipeline.FileRecord, error) {
	rec := j.record()
	if !errors.Is(err, pipeline.ErrRefused) {
		return rec, err
	}
	rec.Reason = err.Error()
	return rec, err
}

// record is what is known of the file so far, as a refused one.
func (j *load) record() pipeline.FileRecord {
	for i := range j.notices {
		j.notices[i].File = j.arrival.Name
		if j.table != nil {
			j.notices[i].Sheet = j.table.sheet
		}
	}
	rec := refusedRecord(j.arrival, j.notices)
	rec.Layout, rec.Relation, rec.Counts, rec.Erased = j.layout.Name, j.layout.Relation, j.counts, j.erased
	return rec
}
