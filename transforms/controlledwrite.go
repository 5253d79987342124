package transforms

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/transforms/disclosure"
)

// symbolSuffix ends the name of the column that says why a figure is missing.
const symbolSuffix = "_symbol"

// aboutFile says beside controlled exports what they are.
const aboutFile = "about.json"

// publishedRow is a row as a profile shows it: cells by column, of counts,
// rates and values; other columns are as in the model.
type publishedRow struct {
	model []any
	cells map[string]disclosure.Cell
}

// write writes a profile's tables, its open data if it has any, and what they
// are.
func (c *controls) write(ctx context.Context, p *controlledProfile, families []*disclosure.Family) error {
	folder, err := c.folder(p)
	if err != nil {
		return err
	}
	hidden := hiddenFigures(families)
	for _, l := range p.tables {
		t := c.tables[l.name]
		rows := t.published(p, hidden)
		if err := c.parquet(ctx, p, t, rows, filepath.Join(folder, l.name+".parquet")); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		p.rows[exportsFolder+"/"+p.name+"/"+l.name+".parquet"] = int64(len(rows))
		if !p.open || len(rows) == 0 { // the publishing service takes no file without rows
			continue
		}
		for name, write := range map[string]func(string) error{
			l.file + ".csv":      func(path string) error { return t.openData(path, rows) },
			l.file + ".meta.csv": func(path string) error { return t.openMeta(path, p) },
		} {
			if err := write(filepath.Join(folder, name)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			p.rows[exportsFolder+"/"+p.name+"/"+name] = int64(len(rows))
		}
	}
	return c.about(p, folder)
}

func hiddenFigures(families []*disclosure.Family) map[string]bool {
	out := map[string]bool{}
	for _, f := range families {
		for _, one := range f.Figures {
			if one.Hidden {
				out[one.Key] = true
			}
		}
	}
	return out
}

// published returns the rows that a profile shows.
func (t *controlledTable) published(p *controlledProfile, hidden map[string]bool) []publishedRow {
	var out []publishedRow
	for _, row := range t.data.Rows {
		if at, ok := t.at["is_shown"]; ok && row[at] != true {
			continue
		}
		one := publishedRow{row, map[string]disclosure.Cell{}}
		for _, col := range t.columns {
			switch col.role {
			case roleCount:
				one.cells[col.name] = t.count(p, row, col, hidden)
			case roleRate:
				one.cells[col.name] = one.rate(p, col)
			case roleValue:
				v, ok := row[t.at[col.name]].(float64)
				one.cells[col.name] = disclosure.Cell{Value: v}
				if !ok {
					one.cells[col.name] = disclosure.Cell{Symbol: disclosure.Symbol(text(row[t.at[col.name+symbolSuffix]]))}
				}
			}
		}
		out = append(out, one)
	}
	return out
}

func (t *controlledTable) count(p *controlledProfile, row []any, col controlledColumn, hidden map[string]bool) disclosure.Cell {
	v, ok := row[t.at[col.name]].(int64)
	switch {
	case !ok:
		return disclosure.Cell{Symbol: disclosure.Unavailable}
	case hidden[figureKey(t.name, text(row[t.at["row_key"]]), col.name)]:
		return disclosure.Cell{Symbol: disclosure.Confidential}
	}
	return disclosure.RoundCount(v, whole(row[t.at["periods_summed"]]), p.base)
}

// rate is a rate from published counts alone, so that it tells no more.
func (r publishedRow) rate(p *controlledProfile, col controlledColumn) disclosure.Cell {
	sum := disclosure.Cell{}
	for name := range strings.SplitSeq(col.numerator, ";") {
		part := r.cells[name]
		if part.Symbol != "" {
			sum = part
			break
		}
		sum.Value += part.Value
	}
	return disclosure.Percent(sum, r.cells[col.denominator], p.least, p.decimals)
}

// parquet writes a table: keys, then every figure with its symbol beside it.
func (c *controls) parquet(ctx context.Context, p *controlledProfile, t *controlledTable, rows []publishedRow, path string) error {
	var cols []typedColumn
	for _, col := range t.columns {
		switch col.role {
		case roleKey, roleBoth:
			cols = append(cols, typedColumn{col.name, t.data.Columns[t.at[col.name]].Type})
		case roleCount, roleRate, roleValue:
			kind := "DOUBLE"
			if col.role == roleCount && !t.means() {
				kind = "BIGINT"
			}
			cols = append(cols, typedColumn{col.name, kind}, typedColumn{col.name + symbolSuffix, "VARCHAR"})
		}
	}
	var data [][]any
	for _, row := range rows {
		cells, err := t.cells(row, cols)
		if err != nil {
			return err
		}
		data = append(data, cells)
	}
	name := p.name + "_" + t.name
	if err := c.s.createTable(ctx, name, cols); err != nil {
		return err
	}
	if err := c.s.appendRows(ctx, "main", name, data); err != nil {
		return err
	}
	in := c.build.Input
	if err := c.s.exec(ctx, fmt.Sprintf(`COPY (SELECT * FROM %s) TO %s (FORMAT parquet, COMPRESSION zstd, KV_METADATA {run_id: %s, model: %s, profile: %s, as_at: %s, rule: %s})`,
		name, quote(path), quote(in.RunID), quote(t.doc.relation), quote(p.name), quote(in.AsAt.String()), quote(p.words()))); err != nil {
		return err
	}
	return c.describeControlled(p, t, exportsFolder+"/"+p.name+"/"+filepath.Base(path), cols, len(rows))
}

// means reports whether the table shows means of several months.
func (t *controlledTable) means() bool {
	for _, row := range t.data.Rows {
		if at, ok := t.at["periods_summed"]; ok && whole(row[at]) > 1 {
			return true
		}
	}
	return false
}

func (t *controlledTable) cells(row publishedRow, cols []typedColumn) ([]any, error) {
	out := make([]any, 0, len(cols))
	for _, col := range cols {
		figure, symbol := strings.CutSuffix(col.Name, symbolSuffix)
		cell, counted := row.cells[figure]
		switch {
		case !counted:
			v := row.model[t.at[col.Name]]
			if day, ok := v.(string); ok && col.Type == "DATE" {
				date, err := time.Parse(time.DateOnly, day)
				if err != nil {
					return nil, err
				}
				v = date
			}
			out = append(out, v)
		case symbol && cell.Symbol != "":
			out = append(out, string(cell.Symbol))
		case symbol || cell.Symbol != "":
			out = append(out, nil)
		case col.Type == "BIGINT":
			out = append(out, int64(math.Round(cell.Value)))
		default:
			out = append(out, cell.Value)
		}
	}
	return out, nil
}

// words writes a profile's rule for readers.
func (p *controlledProfile) words() string {
	say := fmt.Sprintf("counts of 1 to %d hidden (c), with what would give them away", p.rule.Threshold-1)
	if p.base > 1 {
		say += fmt.Sprintf("; the rest rounded to %d", p.base)
	}
	say += "; rates from published counts"
	if p.least > 1 {
		say += fmt.Sprintf(", none of fewer than %g", p.least)
	}
	return say
}

// about says what the files are, for whoever gets them alone.
func (c *controls) about(p *controlledProfile, folder string) error {
	type fileRows struct {
		File string `json:"file"`
		Rows int64  `json:"rows"`
	}
	out := struct {
		Profile string            `json:"profile"`
		RunID   string            `json:"run_id"`
		AsAt    string            `json:"as_at"`
		Rule    string            `json:"rule"`
		Method  string            `json:"method"`
		Assumes string            `json:"assumes"`
		Symbols map[string]string `json:"symbols"`
		Files   []fileRows        `json:"files"`
	}{
		Profile: p.name, RunID: c.build.Input.RunID, AsAt: c.build.Input.AsAt.String(), Rule: p.words(),
		Method: fmt.Sprintf("Small counts are hidden, then what a linear program finds cheapest, until the interval of each is at least %d wide over all linked tables and all editions so far.", p.rule.Width),
		Assumes: "Readers know every shown count unrounded, every sum, and which figures did not change between editions. " +
			"Committee files are not public; a stricter profile hides all that a laxer one does, so both together tell no more than the laxer one.",
		Symbols: map[string]string{"c": "confidential", "z": "not applicable", "x": "not available", "low": "rounds to nought and is not nought"},
	}
	for _, name := range sortedKeys(p.rows) {
		out.Files = append(out.Files, fileRows{filepath.Base(name), p.rows[name]})
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	p.rows[exportsFolder+"/"+p.name+"/"+aboutFile] = 0
	return os.WriteFile(filepath.Join(folder, aboutFile), append(body, '\n'), 0o600)
}

// prove reads the files back and compares what they hide with what the audit
// was about. A figure shown against the audit keeps the night from readers.
func (c *controls) prove(ctx context.Context, p *controlledProfile, families []*disclosure.Family) error {
	hidden := hiddenFigures(families)
	for _, l := range p.tables {
		t := c.tables[l.name]
		file := filepath.Join(c.temp, exportsFolder, p.name, l.name+".parquet")
		res, err := c.s.query(ctx, "SELECT * FROM read_parquet("+quote(file)+")")
		if err != nil {
			return fmt.Errorf("controlled export %s read back: %w", l.name, err)
		}
		if say := t.differs(res, p, hidden); say != "" {
			return fmt.Errorf("%w: %s/%s: %s; nothing is published, run the night again and report it if that does not help", pipeline.ErrHeld, p.name, l.name, say)
		}
	}
	return nil
}

// differs says in which way a file read back is not what was audited; empty
// where it is.
func (t *controlledTable) differs(res Result, p *controlledProfile, hidden map[string]bool) string {
	rows := t.published(p, hidden)
	if len(rows) != len(res.Rows) {
		return fmt.Sprintf("the file has %d rows, %d were audited", len(res.Rows), len(rows))
	}
	for i, row := range rows {
		for j, col := range res.Columns {
			want, figure := row.cells[col.Name]
			switch {
			case !figure && !strings.HasSuffix(col.Name, symbolSuffix) && t.at[col.Name] == 0 && res.Rows[i][j] != row.model[t.at[col.Name]]:
				return fmt.Sprintf("row %d is not the one audited", i+1)
			case figure && want.Symbol != "" && res.Rows[i][j] != nil:
				return fmt.Sprintf("row %d shows a figure in %s that was audited as hidden", i+1, col.Name)
			}
		}
	}
	return ""
}
