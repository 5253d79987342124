package transforms

import (
	"fmt"
	"slices"
	"strings"

	"nightjar/transforms/disclosure"
)

// eachCount in links stands for every count of the table.
const eachCount = "each"

// familyMaker gathers figures and sums by family.
type familyMaker struct {
	tables   map[string]*controlledTable
	families map[string]*disclosure.Family
	place    map[string]int    // figure's key → index in its family
	of       map[string]string // figure's key → family
}

func figureKey(table, row, column string) string { return table + " | " + row + " | " + column }

// families turns the tables of a profile's list into families, by name.
func (c *controls) families(p *controlledProfile) ([]*disclosure.Family, error) {
	m := &familyMaker{map[string]*controlledTable{}, map[string]*disclosure.Family{}, map[string]int{}, map[string]string{}}
	for _, l := range p.tables {
		t := c.tables[l.name]
		m.tables[l.name] = t
		if _, counted := t.at["family"]; !counted {
			continue // published figures only
		}
		for _, row := range t.data.Rows {
			if err := m.addRow(t, row); err != nil {
				return nil, err
			}
		}
	}
	if err := m.addLinks(c.links.Rows); err != nil {
		return nil, err
	}
	var out []*disclosure.Family
	for _, name := range sortedKeys(m.families) {
		out = append(out, m.families[name])
	}
	return out, nil
}

// addRow adds the counts of a row, and the sums within it. A row without
// figures has none.
func (m *familyMaker) addRow(t *controlledTable, row []any) error {
	name, key := text(row[t.at["family"]]), text(row[t.at["row_key"]])
	shown, _ := row[t.at["is_shown"]].(bool)
	f := m.families[name]
	if f == nil {
		f = &disclosure.Family{Name: name}
		m.families[name] = f
	}
	sums := map[string]disclosure.Equation{}
	for _, col := range t.columns {
		if col.role != roleCount && col.role != roleKnown && col.role != roleUnshown {
			continue
		}
		v, ok := row[t.at[col.name]].(int64)
		if !ok {
			return nil
		}
		id := figureKey(t.name, key, col.name)
		at := len(f.Figures)
		m.place[id], m.of[id] = at, name
		f.Figures = append(f.Figures, disclosure.Figure{
			Key: id, Value: v, Per: whole(row[t.at["periods_summed"]]), Known: col.role == roleKnown, Unshown: !shown || col.role == roleUnshown,
		})
		total, sign := col.partOf, int64(-1)
		if rest, ok := strings.CutPrefix(total, "-"); ok { // beyond the total
			total, sign = rest, 1
		}
		if total != "" {
			sums[total] = append(sums[total], disclosure.Term{Figure: at, Sign: sign})
		}
	}
	for _, total := range sortedKeys(sums) {
		at, ok := m.place[figureKey(t.name, key, total)]
		if !ok {
			return fmt.Errorf("ref.%s says that counts of %s are part of %s, which is no count of it; correct part_of", refDisclosed, t.name, total)
		}
		f.Equations = append(f.Equations, append(disclosure.Equation{{Figure: at, Sign: 1}}, sums[total]...))
	}
	return nil
}

// addLinks adds the sums between rows. One over a table that the profile does
// not list is left out: nobody has its figures.
func (m *familyMaker) addLinks(rows [][]any) error {
	for begin := 0; begin < len(rows); {
		end := begin
		for end < len(rows) && text(rows[end][0]) == text(rows[begin][0]) {
			end++
		}
		if err := m.addLink(rows[begin:end]); err != nil {
			return err
		}
		begin = end
	}
	return nil
}

func (m *familyMaker) addLink(terms [][]any) error {
	for _, t := range terms {
		if m.tables[text(t[2])] == nil {
			return nil
		}
	}
	columns := []string{""}
	if text(terms[0][4]) == eachCount {
		columns = nil
		for _, col := range m.tables[text(terms[0][2])].columns {
			if slices.Contains([]string{roleCount, roleKnown, roleUnshown}, col.role) {
				columns = append(columns, col.name)
			}
		}
	}
	for _, column := range columns {
		if err := m.addEquation(terms, column); err != nil {
			return err
		}
	}
	return nil
}

func (m *familyMaker) addEquation(terms [][]any, column string) error {
	var e disclosure.Equation
	family, missing, total := text(terms[0][1]), "", false
	for _, t := range terms {
		name := column
		if name == "" {
			name = text(t[4])
		}
		id := figureKey(text(t[2]), text(t[3]), name)
		at, ok := m.place[id]
		if !ok || m.of[id] != family {
			missing = id
			continue
		}
		e = append(e, disclosure.Term{Figure: at, Sign: whole(t[5])})
		total = total || whole(t[5]) > 0
	}
	if !total {
		return nil // a month is missing, or nothing adds its parts up
	}
	if missing != "" {
		return fmt.Errorf("exports.links sums %s in family %s, which has no such figure; correct the model", missing, family)
	}
	m.families[family].Equations = append(m.families[family].Equations, e)
	return nil
}
