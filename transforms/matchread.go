package transforms

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"nightjar/pipeline"
	"nightjar/transforms/matching"
)

// What matching reads is brought together in DuckDB first: lines that say the
// same of a person become one row, and the texts of a row one text, because
// every text that crosses over is copied by itself.

// between separates the texts of a row. DuckDB is asked to take it out of
// whatever was typed by hand.
const between = "\x1f"

// numbersQuery returns everybody whom lists may be linked to, with the newest
// numbers and identity.
const numbersQuery = `
	SELECT concat(person_id, chr(31), upn, chr(31), uln, chr(31), previous_client_id, chr(31),
		replace(family_name, chr(31), ''), chr(31), replace(given_name, chr(31), '')), date_diff('day', DATE '1970-01-01', birth_date)
	FROM intermediate.int_people WHERE NOT is_merged`

// recordedQuery returns every identity that the caseload ever recorded.
const recordedQuery = `
	SELECT concat(person_id, chr(31), replace(family_name, chr(31), ''), chr(31), replace(given_name, chr(31), ''), chr(31),
		replace(postcode, chr(31), '')), date_diff('day', DATE '1970-01-01', birth_date)
	FROM (SELECT DISTINCT person_id, family_name, given_name, postcode, birth_date FROM intermediate.int_person_identities)`

// matchPeople reads the caseload: everybody but people merged into others.
func (s *session) matchPeople(ctx context.Context) ([]matching.Person, error) {
	var out []matching.Person
	at := map[string]int{}
	err := s.eachRow(ctx, numbersQuery, func(row []driver.Value) {
		p := strings.Split(text(row[0]), between)
		at[p[0]] = len(out)
		person := matching.Person{ID: p[0], UPN: p[1], ULN: p[2], PreviousIDs: addText(nil, p[3])}
		out = append(out, recorded(person, p[4], p[5], "", row[1]))
	})
	if err != nil {
		return nil, fmt.Errorf("people of the caseload: %w", err)
	}
	err = s.eachRow(ctx, recordedQuery, func(row []driver.Value) {
		p := strings.Split(text(row[0]), between)
		if i, ok := at[p[0]]; ok {
			out[i] = recorded(out[i], p[1], p[2], p[3], row[1])
		}
	})
	if err != nil {
		return nil, fmt.Errorf("records of the caseload: %w", err)
	}
	return out, nil
}

// recorded adds an identity to a person.
func recorded(p matching.Person, family, given, post string, born driver.Value) matching.Person {
	p.Families, p.Givens, p.Postcodes = addText(p.Families, family), addText(p.Givens, given), addText(p.Postcodes, post)
	if d, ok := born.(int64); ok && !slices.Contains(p.Births, pipeline.Date(d)) {
		p.Births = append(p.Births, pipeline.Date(d))
	}
	return p
}

func addText(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// listedQuery returns the identities of all lists. The last text says in which
// file and in which row of int_list_people each line stands, as 12:345 12:346.
const listedQuery = `
	SELECT concat(dataset, chr(31), provider, chr(31), list_year, chr(31), replace(list_person_key, chr(31), ''), chr(31),
		replace(client_id, chr(31), ''), chr(31), upn, chr(31), uln, chr(31), replace(family_name, chr(31), ''), chr(31),
		replace(preferred_family_name, chr(31), ''), chr(31), replace(former_family_name, chr(31), ''), chr(31),
		replace(given_name, chr(31), ''), chr(31), replace(postcode, chr(31), ''), chr(31), lines),
		date_diff('day', DATE '1970-01-01', birth_date), is_current
	FROM (
		SELECT dataset, provider, list_year, list_person_key, client_id, upn, uln, family_name, preferred_family_name,
			former_family_name, given_name, postcode, birth_date, bool_or(is_current) AS is_current,
			string_agg(hash(provider, file_hash) || ':' || rowid, ' ') AS lines
		FROM intermediate.int_list_people GROUP BY ALL
	)`

// listedCounts says how many identities there are, as good as exactly, and how
// many lines: a list of them that grows by being copied needs twice its room.
const listedCounts = `
	SELECT count(DISTINCT hash(dataset, provider, list_year, list_person_key, client_id, upn, uln, family_name,
		preferred_family_name, former_family_name, given_name, postcode, birth_date)), count(*)
	FROM intermediate.int_list_people`

// listedTexts is how many texts a row of listedQuery holds.
const listedTexts = 13

// matchRows reads the identities of all lists, and of which rows of
// int_list_people each of them is made.
func (s *session) matchRows(ctx context.Context) (rows []matching.Listed, lines []matchLine, err error) {
	var identities, all int64
	if err := s.conn.QueryRowContext(ctx, listedCounts).Scan(&identities, &all); err != nil {
		return nil, nil, fmt.Errorf("lines of lists: %s", duckWords(err))
	}
	rows, lines = make([]matching.Listed, 0, identities), make([]matchLine, 0, all)
	err = s.eachRow(ctx, listedQuery, func(row []driver.Value) {
		t := strings.SplitN(text(row[0]), between, listedTexts)
		r := matching.Listed{
			Dataset: t[0], Provider: t[1], Year: t[2], ListKey: t[3], ClientID: t[4], UPN: t[5], ULN: t[6],
			Family: t[7], PreferredFamily: t[8], FormerFamily: t[9], Given: t[10], Postcode: t[11],
		}
		if d, ok := row[1].(int64); ok {
			r.Born, r.HasBorn = pipeline.Date(d), true
		}
		r.Current, _ = row[2].(bool)
		for place := range strings.SplitSeq(t[12], " ") {
			file, line := linePlace(place)
			if !slices.Contains(r.Files, file) {
				r.Files = append(r.Files, file)
			}
			lines = append(lines, matchLine{line, int32(len(rows))})
		}
		rows = append(rows, r)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("lines of lists: %w", err)
	}
	return rows, lines, nil
}

// matchLine is a row of int_list_people and the identity it holds.
type matchLine struct {
	line     int64
	identity int32
}

// linePlace reads the file and the row of a line. DuckDB wrote both.
func linePlace(place string) (file uint64, line int64) {
	f, l, _ := strings.Cut(place, ":")
	file, _ = strconv.ParseUint(f, 10, 64)
	line, _ = strconv.ParseInt(l, 10, 64)
	return file, line
}

// eachRow does something with every row of a query. It goes past database/sql,
// which copies and checks every value once more. The row is good until the
// next one.
func (s *session) eachRow(ctx context.Context, query string, do func(row []driver.Value)) error {
	return s.conn.Raw(func(c any) (err error) {
		conn, ok := c.(driver.QueryerContext)
		if !ok {
			return errors.New("not a DuckDB connection")
		}
		rows, err := conn.QueryContext(ctx, query, nil)
		if err != nil {
			return errors.New(duckWords(err))
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		row := make([]driver.Value, len(rows.Columns()))
		for {
			err := rows.Next(row)
			if errors.Is(err, io.EOF) {
				return ctx.Err()
			}
			if err != nil {
				return errors.New(duckWords(err))
			}
			do(row)
		}
	})
}
