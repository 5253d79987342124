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
	// ByCaseload counts the people behind the rows whose status the caseload
	// decides, by whichever of its extracts.
	ByCaseload int64 `json:"decided_by_caseload"`
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
	Rows        int64  `json:"rows"`     // of the list that are read for what was asked
	Accepted    int64  `json:"accepted"` // rows of the list
	Decides     int64  `json:"decides"`  // people whose status it decides; 0 where the models do not tell
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
	if !b.traced[m.Relation()] {
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
		if b.traced[m.Relation()] {
			for _, r := range m.Reads {
				read[r] = true
			}
		}
	}
	decides, err := b.deciding(ctx)
	if err != nil {
		return err
	}
	b.part.Trace.ByCaseload = decides[""]
	for _, r := range RawRelations(b.o.Layouts) {
		relation := layerRaw + "." + r.Name
		if !read[relation] || r.Name == rawFiles || r.Name == rawQuarantine || r.Name == rawExpected {
			continue
		}
		if err := b.traceRelation(ctx, relation, r, decides); err != nil {
			return err
		}
	}
	return nil
}

func (b *partBuilder) traceRelation(ctx context.Context, relation string, r RawRelation, decides map[string]int64) error {
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
	if r.Name == "caseload" && b.traced[deliveriesModel] { // an extract that was replaced feeds nothing
		where += " AND file_hash IN (SELECT file_hash FROM " + deliveriesModel + ")"
	}
	res, err := b.query(ctx, fmt.Sprintf(`SELECT f.dataset, f.provider, f.file_name, CAST(f.delivered_on AS VARCHAR), n.rows, f.rows_accepted, f.file_hash
		FROM (SELECT provider, file_hash, count(*) AS rows FROM %s WHERE %s GROUP BY ALL) AS n
		JOIN raw.files AS f ON n.file_hash = f.file_hash AND n.provider = f.provider AND f.relation = %s
		ORDER BY f.delivered_at, f.file_name`, relation, where, quote(r.Name)))
	if err != nil {
		return fmt.Errorf("lists behind the rows: %s", duckWords(err))
	}
	for _, row := range res.Rows {
		b.part.Trace.Files = append(b.part.Trace.Files, TracedFile{text(row[0]), text(row[1]), text(row[2]), text(row[3]), whole(row[4]), whole(row[5]), decides[text(row[6])]})
	}
	return nil
}

// The models that tell which list decides what a person does.
const (
	resolvedModel = "intermediate.int_statuses_resolved"
	evidenceModel = "intermediate.int_evidence"
	// deliveriesModel holds the extract in force for each month.
	deliveriesModel = "staging.stg_caseload__deliveries"
)

// chooseTrace names the models on the way back. What the return says rests on
// no list but the caseload, so the way does not go through what lists say.
func (b *partBuilder) chooseTrace(cat *Catalogue) {
	b.traced = map[string]bool{}
	if !b.asked.Trace {
		return
	}
	recorded := onlyRecorded(b.asked.Changed[b.asked.Marts[0]])
	next := []string{b.asked.Marts[0]}
	for len(next) > 0 {
		m, ok := cat.Model(next[0])
		next = next[1:]
		if !ok || b.traced[m.Relation()] || recorded && m.Relation() == resolvedModel {
			continue
		}
		b.traced[m.Relation()] = true
		next = append(next, m.Reads...)
	}
	if b.traced[resolvedModel] && b.traced[evidenceModel] {
		b.stay = append(b.stay, resolvedModel, evidenceModel)
	}
	if b.traced[deliveriesModel] {
		b.stay = append(b.stay, deliveriesModel)
	}
}

func onlyRecorded(rows ChangedRows) bool {
	at := slices.IndexFunc(rows.Columns, func(c typedColumn) bool { return c.Name == "basis" })
	return at >= 0 && !slices.ContainsFunc(rows.Rows, func(r []any) bool { return text(r[at]) != "recorded" })
}

// deciding counts, by list, the people behind the rows whose status it decides.
func (b *partBuilder) deciding(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	if !b.traced[resolvedModel] || !b.traced[evidenceModel] {
		return out, nil
	}
	mart := b.asked.Marts[0]
	var grain, columns []string
	for _, c := range b.asked.Changed[mart].Columns {
		grain = append(grain, c.Name)
	}
	m, _ := b.cat.Model(resolvedModel)
	for _, c := range m.Columns {
		columns = append(columns, c.Name)
	}
	where, _ := restriction(traceKeys(mart, grain, columns))
	res, err := b.query(ctx, fmt.Sprintf(`SELECT e.file_hash, count(*) FROM (SELECT preference_no FROM %s WHERE %s) AS r
		JOIN %s AS e ON r.preference_no = e.preference_no GROUP BY e.file_hash`, resolvedModel, where, evidenceModel))
	if err != nil {
		return nil, fmt.Errorf("lists that decide: %s", duckWords(err))
	}
	for _, r := range res.Rows {
		out[text(r[0])] = whole(r[1])
	}
	return out, nil
}
