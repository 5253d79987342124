package transforms

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"nightjar/pipeline"
	"nightjar/transforms/matching"
)

// peopleQuery returns what the caseload ever recorded of everybody it holds,
// but of people merged into others. The newest identity comes with the numbers.
const peopleQuery = `
	SELECT person_id, coalesce(upn, ''), coalesce(uln, ''), coalesce(previous_client_id, ''),
		coalesce(family_name, ''), coalesce(given_name, ''), birth_date, ''
	FROM intermediate.int_people WHERE NOT is_merged
	UNION ALL
	SELECT DISTINCT people.person_id, '', '', '',
		coalesce(records.family_name, ''), coalesce(records.given_name, ''), records.birth_date, coalesce(records.postcode, '')
	FROM intermediate.int_people AS people
	INNER JOIN staging.stg_caseload__people AS records ON people.person_id = records.client_id
	WHERE NOT people.is_merged`

// matchPeople reads the caseload.
func (s *session) matchPeople(ctx context.Context) ([]matching.Person, error) {
	rows, err := s.conn.QueryContext(ctx, peopleQuery)
	if err != nil {
		return nil, fmt.Errorf("people of the caseload: %s", duckWords(err))
	}
	defer rows.Close()
	var out []matching.Person
	at := map[string]int{}
	for rows.Next() {
		var id, upn, uln, previous, family, given, post string
		var born sql.NullTime
		if err := rows.Scan(&id, &upn, &uln, &previous, &family, &given, &born, &post); err != nil {
			return nil, fmt.Errorf("people of the caseload: %s", duckWords(err))
		}
		i, known := at[id]
		if !known {
			i = len(out)
			at[id] = i
			out = append(out, matching.Person{ID: id})
		}
		p := &out[i]
		p.UPN, p.ULN = max(p.UPN, upn), max(p.ULN, uln)
		p.PreviousIDs, p.Postcodes = addText(p.PreviousIDs, previous), addText(p.Postcodes, post)
		p.Families, p.Givens = addText(p.Families, family), addText(p.Givens, given)
		if d := civil(born); born.Valid && !slices.Contains(p.Births, d) {
			p.Births = append(p.Births, d)
		}
	}
	return out, rows.Err()
}

func addText(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func civil(t sql.NullTime) pipeline.Date {
	if !t.Valid {
		return 0
	}
	return pipeline.NewDate(t.Time.UTC().Date())
}

const listedQuery = `
	SELECT dataset, provider, file_hash, coalesce(sheet, ''), line, coalesce(list_year, ''), is_current,
		coalesce(list_person_key, ''), coalesce(client_id, ''), coalesce(upn, ''), coalesce(uln, ''),
		coalesce(family_name, ''), coalesce(preferred_family_name, ''), coalesce(former_family_name, ''),
		coalesce(given_name, ''), coalesce(postcode, ''), birth_date
	FROM intermediate.int_list_people`

// matchRows reads the lines of all lists. Texts that repeat, such as the hash
// of a file, are kept once.
func (s *session) matchRows(ctx context.Context) ([]matching.Listed, error) {
	rows, err := s.conn.QueryContext(ctx, listedQuery)
	if err != nil {
		return nil, fmt.Errorf("lines of lists: %s", duckWords(err))
	}
	defer rows.Close()
	once := sameTexts{}
	var out []matching.Listed
	for rows.Next() {
		var r matching.Listed
		var born sql.NullTime
		err := rows.Scan(&r.Dataset, &r.Provider, &r.FileHash, &r.Sheet, &r.Line, &r.Year, &r.Current, &r.ListKey, &r.ClientID, &r.UPN, &r.ULN,
			&r.Family, &r.PreferredFamily, &r.FormerFamily, &r.Given, &r.Postcode, &born)
		if err != nil {
			return nil, fmt.Errorf("lines of lists: %s", duckWords(err))
		}
		r.Born, r.HasBorn = civil(born), born.Valid
		for _, t := range []*string{&r.Dataset, &r.Provider, &r.FileHash, &r.Sheet, &r.Year, &r.Family, &r.Given, &r.Postcode} {
			*t = once.of(*t)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// sameTexts keeps one copy of equal texts.
type sameTexts map[string]string

func (t sameTexts) of(s string) string {
	if known, ok := t[s]; ok {
		return known
	}
	t[s] = s
	return s
}
