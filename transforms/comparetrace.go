package transforms

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Trace walks rows of a mart back to the lists.
type Trace struct {
	Models []TracedModel `json:"models"` // in the order in which they are made
	Files  []TracedFile  `json:"files"`
}

// TracedModel is what a model holds of the rows that were asked about.
type TracedModel struct {
	Model  string   `json:"model"`
	Doc    string   `json:"doc"`
	Keys   []string `json:"restricted_by"` // what of the rows' keys the model has; none: all of it counts
	Rows   int64    `json:"rows"`
	People int64    `json:"people,omitempty"` // different ones, where the model has them
}

// TracedFile is a list that the rows rest on.
type TracedFile struct {
	Dataset     string `json:"dataset"`
	Provider    string `json:"provider"`
	File        string `json:"file"`
	DeliveredOn string `json:"delivered_on"`
	Rows        int64  `json:"rows"`     // of the list that stand behind what was asked
	Accepted    int64  `json:"accepted"` // rows of the list
}

// traceKey says how a column of a model is restricted by the rows asked about.
type traceKey struct {
	column string // of the model
	by     string // of the mart
	in     string // SQL of the values, from table changed.<mart>
}

// traceKeys are the ways in which a model may share a key with a mart.
func traceKeys(mart string, grain, columns []string) []traceKey {
	table := "changed." + strings.TrimPrefix(mart, layerMarts+".")
	var out []traceKey
	has := func(list []string, c string) bool { return slices.Contains(list, c) }
	for _, g := range grain {
		switch {
		case has(columns, g):
			out = append(out, traceKey{g, g, fmt.Sprintf("SELECT %s FROM %s", identifier(g), table)})
		case g == "age_band" && has(columns, "academic_age"):
			out = append(out, traceKey{"academic_age", g, "SELECT a.generate_series FROM ref.age_bands AS b JOIN " + table +
				" AS c USING (age_band), generate_series(b.min_age, b.max_age) AS a"})
		case g == "month_end" && has(columns, "period"):
			out = append(out, traceKey{"period", g, "SELECT m.period FROM ref.months AS m JOIN " + table + " AS c USING (month_end)"})
		case (g == "academic_year" || g == "period") && has(columns, "month_end"):
			out = append(out, traceKey{"month_end", g, fmt.Sprintf("SELECT m.month_end FROM ref.months AS m JOIN %s AS c ON c.%s IN (m.academic_year, m.period)", table, g)})
		}
	}
	return out
}

// restriction writes the condition that a model's rows are behind those asked.
func restriction(keys []traceKey) (where string, by []string) {
	parts := []string{"TRUE"}
	for _, k := range keys {
		parts = append(parts, fmt.Sprintf("%s IN (%s)", identifier(k.column), k.in))
		by = append(by, k.by)
	}
	return strings.Join(parts, " AND "), by
}

// traceModel counts what a model that was just made holds of the rows.
func (b *partBuilder) traceModel(ctx context.Context, lane *session, m Model) error {
	if !b.asked.Trace {
		return nil
	}
	mart := b.asked.Marts[0]
	grain := make([]string, 0, 4)
	for _, c := range b.asked.Changed[mart].Columns {
		grain = append(grain, c.Name)
	}
	var columns []string
	for _, c := range m.Columns {
		columns = append(columns, c.Name)
	}
	where, by := restriction(traceKeys(mart, grain, columns))
	people := "0"
	for _, id := range []string{"person_id", "client_id", "person_no"} {
		if slices.Contains(columns, id) {
			people = "count(DISTINCT " + id + ")"
			break
		}
	}
	t := TracedModel{Model: m.Relation(), Doc: firstSentence(m.Doc), Keys: by}
	if err := lane.conn.QueryRowContext(ctx, "SELECT count(*), "+people+" FROM "+m.Relation()+" WHERE "+where).Scan(&t.Rows, &t.People); err != nil {
		return fmt.Errorf("model %s cannot be counted: %s", m.Relation(), duckWords(err))
	}
	b.tracing.Lock()
	defer b.tracing.Unlock()
	b.part.Trace.Models = append(b.part.Trace.Models, t)
	return nil
}

func firstSentence(doc string) string {
	before, _, cut := strings.Cut(doc, ". ")
	if cut {
		return before + "."
	}
	return doc
}

// traceFiles counts, for every list that the models read, the rows behind those
// asked about: of the months asked about where the list is about months.
func (b *partBuilder) traceFiles(ctx context.Context) error {
	if !b.asked.Trace {
		return nil
	}
	order := map[string]int{}
	for i, m := range b.cat.Models {
		order[m.Relation()] = i
	}
	slices.SortFunc(b.part.Trace.Models, func(x, y TracedModel) int { return order[x.Model] - order[y.Model] })
	read := map[string]bool{}
	for _, m := range b.cat.Models {
		for _, r := range m.Reads {
			read[r] = true
		}
	}
	for _, r := range RawRelations(b.o.Layouts) {
		relation := layerRaw + "." + r.Name
		if !read[relation] || r.Name == rawFiles || r.Name == rawQuarantine || r.Name == rawExpected {
			continue
		}
		if err := b.traceRelation(ctx, relation, r); err != nil {
			return err
		}
	}
	return nil
}

func (b *partBuilder) traceRelation(ctx context.Context, relation string, r RawRelation) error {
	mart := b.asked.Marts[0]
	var grain, columns []string
	for _, c := range b.asked.Changed[mart].Columns {
		grain = append(grain, c.Name)
	}
	for _, c := range r.columns() {
		if c.Name != "period" || strings.HasPrefix(r.Name, "caseload") { // elsewhere a list's period is not the figure's
			columns = append(columns, c.Name)
		}
	}
	keys := slices.DeleteFunc(traceKeys(mart, grain, columns), func(k traceKey) bool { return k.column != "period" && k.column != "file_hash" })
	where, _ := restriction(keys)
	res, err := b.query(ctx, fmt.Sprintf(`SELECT f.dataset, f.provider, f.file_name, CAST(f.delivered_on AS VARCHAR), n.rows, f.rows_accepted
		FROM (SELECT provider, file_hash, count(*) AS rows FROM %s WHERE %s GROUP BY ALL) AS n
		JOIN raw.files AS f ON n.file_hash = f.file_hash AND n.provider = f.provider AND f.relation = %s
		ORDER BY f.delivered_at, f.file_name`, relation, where, quote(r.Name)))
	if err != nil {
		return fmt.Errorf("lists behind the rows: %s", duckWords(err))
	}
	for _, row := range res.Rows {
		b.part.Trace.Files = append(b.part.Trace.Files, TracedFile{text(row[0]), text(row[1]), text(row[2]), text(row[3]), whole(row[4]), whole(row[5])})
	}
	return nil
}
