package transforms

import (
	"context"
	"fmt"
	"strings"
)

// PersonChange is somebody who entered, left or changed group behind rows of a
// mart between two states. It is for the restricted folder only.
type PersonChange struct {
	Key      []any // by the columns that PeopleMoves names
	PersonID string
	Detail   string
	Before   string // empty: did not stand behind the row
	After    string
}

// Kind words the change.
func (p PersonChange) Kind() string {
	switch {
	case p.Before == "":
		return "entered"
	case p.After == "":
		return "left"
	default:
		return "changed group"
	}
}

// PeopleKeys returns the columns by which people stand behind rows of a mart;
// none where nobody does.
func PeopleKeys(mart string) []string {
	for _, v := range peopleViews {
		if v.mart == mart {
			return v.keys
		}
	}
	return nil
}

// has tells whether a state holds a table.
func (c *Comparison) has(ctx context.Context, state int, table string) (bool, error) {
	cols, err := c.columnsOf(ctx, state, table)
	return len(cols) > 0, err
}

// PeopleMoves returns who stands differently behind the wanted rows of a mart
// in two states, in order. The states must be parts that were asked for them.
func (c *Comparison) PeopleMoves(ctx context.Context, mart string, from, to int) ([]PersonChange, error) {
	keys := PeopleKeys(mart)
	table := peopleSchema + "." + strings.TrimPrefix(mart, layerMarts+".")
	for _, state := range []int{from, to} {
		if ok, err := c.has(ctx, state, table); !ok || err != nil {
			return nil, err
		}
	}
	by := identifiers(append(append([]string(nil), keys...), "person_id", "detail"))
	res, err := c.s.query(ctx, fmt.Sprintf(`SELECT %s, coalesce(a.standing, ''), coalesce(b.standing, '')
		FROM %s.%s AS a FULL JOIN %s.%s AS b USING (%s) WHERE a.standing IS DISTINCT FROM b.standing ORDER BY %s`,
		by, stateName(from), table, stateName(to), table, by, by))
	if err != nil {
		return nil, fmt.Errorf("people behind %s: %s", mart, duckWords(err))
	}
	out := make([]PersonChange, len(res.Rows))
	for i, r := range res.Rows {
		n := len(keys)
		out[i] = PersonChange{Key: r[:n], PersonID: text(r[n]), Detail: text(r[n+1]), Before: text(r[n+2]), After: text(r[n+3])}
	}
	return out, nil
}

// EvidenceLine is a delivered line that says something about a person in one of
// two states and not, or otherwise, in the other.
type EvidenceLine struct {
	PersonID, Dataset, Provider, FileHash, Sheet string
	Line                                         int64 // 0: the person's record of the month in Sheet
	Before, After                                string
}

// EvidenceMoves returns the lines that differ about people between two states.
func (c *Comparison) EvidenceMoves(ctx context.Context, from, to int) (map[string][]EvidenceLine, error) {
	table := peopleSchema + "." + linesTable
	for _, state := range []int{from, to} {
		if ok, err := c.has(ctx, state, table); !ok || err != nil {
			return nil, err
		}
	}
	const line = "person_id, dataset, provider, file_hash, sheet, coalesce(line, 0) AS line"
	side := func(i int) string {
		return fmt.Sprintf("(SELECT %s, coalesce(string_agg(says, '; ' ORDER BY says), '') AS says FROM %s.%s GROUP BY ALL)", line, stateName(i), table)
	}
	const by = "person_id, dataset, provider, file_hash, sheet, line"
	res, err := c.s.query(ctx, fmt.Sprintf(`SELECT %s, a.says, b.says FROM %s AS a FULL JOIN %s AS b USING (%s)
		WHERE a.says IS DISTINCT FROM b.says ORDER BY %s`, by, side(from), side(to), by, by))
	if err != nil {
		return nil, fmt.Errorf("lines about people: %s", duckWords(err))
	}
	out := map[string][]EvidenceLine{}
	for _, r := range res.Rows {
		e := EvidenceLine{text(r[0]), text(r[1]), text(r[2]), text(r[3]), text(r[4]), whole(r[5]), text(r[6]), text(r[7])}
		out[e.PersonID] = append(out[e.PersonID], e)
	}
	return out, nil
}
