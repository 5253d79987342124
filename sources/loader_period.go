package sources

import (
	"bytes"
	"errors"
	"slices"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// periods gives every accepted row its period: of its own column, else the
// file's.
type periods struct {
	whole   []byte // of the file; empty where every row must carry its own
	problem error  // why whole is empty
	column  string
	out     *snapshot.Vector
	from    *snapshot.Vector // the column, where the dataset names one and the layout has it

	month           pipeline.Date // first day of the month in text
	text            []byte
	last            []byte // period of the row before
	least, greatest string
}

var errNoVintage = errors.New("the list does not say which month it is of")

// newPeriods settles the period of the file: the manifest's, else by the
// dataset's rule. A vintage that only rows can give is left to them.
func newPeriods(d pipeline.Dataset, a pipeline.Arrival) (*periods, error) {
	p := &periods{column: d.PeriodColumn}
	switch {
	case d.Period == pipeline.PeriodVintage:
		vintage, err := vintageOf(a)
		if err != nil && p.column == "" {
			return nil, err
		}
		p.whole, p.problem = []byte(vintage), err
	case a.Period != "":
		p.whole = []byte(a.Period)
	default:
		p.whole = []byte(pipeline.AcademicYearOf(a.DeliveredOn).String())
	}
	return p, nil
}

// attach names the vectors that periods reads and writes.
func (p *periods) attach(b *snapshot.Batch) {
	p.out = b.Column("period")
	if p.column != "" {
		p.from = b.Column(p.column)
	}
}

// set writes the period of a row.
func (p *periods) set(row int) error {
	text := p.whole
	if p.from != nil && !p.from.IsNull(row) {
		text = p.ofColumn(row)
	}
	if len(text) == 0 {
		return p.problem
	}
	p.out.SetStable(row, text)
	if bytes.Equal(text, p.last) {
		return nil
	}
	p.last = append(p.last[:0], text...)
	if s := string(text); p.least == "" {
		p.least, p.greatest = s, s
	} else if s < p.least {
		p.least = s
	} else if s > p.greatest {
		p.greatest = s
	}
	return nil
}

// ofColumn returns the month of the row's own column. Rows of one month follow
// each other, so the text is made once.
func (p *periods) ofColumn(row int) []byte {
	if p.from.Stored().Type != "DATE" {
		return slices.Clone(p.from.Text(row))
	}
	day, _ := p.from.Date(row)
	y, m, _ := day.YMD()
	if first := pipeline.NewDate(y, m, 1); p.text == nil || first != p.month {
		p.month, p.text = first, []byte(day.Month())
	}
	return p.text
}
