package transforms

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"nightjar/transforms/matching"
)

// What matching found is handed to DuckDB as narrow rows of numbers, which then
// makes the wide relations of them: a text costs as much to hand over as ten
// numbers.

// matchParts are the narrow tables, gone once the relations are made.
var matchParts = map[string]string{
	"part_lines":   "line_no BIGINT, match_no BIGINT",
	"part_answers": "match_no BIGINT, subject VARCHAR, person_id VARCHAR, codes BIGINT, score DOUBLE, margin DOUBLE",
	"part_pairs":   "match_no BIGINT, person_id VARCHAR, rank_no BIGINT, codes BIGINT, score DOUBLE",
}

// writeMatches makes both relations.
func (in matchInput) writeMatches(ctx context.Context, s *session) error {
	for _, name := range sortedKeys(matchParts) {
		if err := s.exec(ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s.%s (%s)", layerMatched, name, matchParts[name])); err != nil {
			return err
		}
	}
	var words codebook
	links := in.result.Links
	if err := s.append(ctx, "part_lines", func(row func(...driver.Value) error) error {
		for _, l := range in.lines {
			if err := row(l.line, int64(links[l.identity].Match)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := s.append(ctx, "part_answers", func(row func(...driver.Value) error) error {
		done := make([]bool, len(links)+1)
		for _, l := range links {
			if done[l.Match] {
				continue
			}
			done[l.Match] = true
			codes := words.of(string(l.Outcome)) | words.of(string(l.Rule))<<8 | words.of(l.Reason)<<16
			if err := row(int64(l.Match), l.Subject, l.PersonID, codes, l.Score, l.Margin); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := s.append(ctx, "part_pairs", func(row func(...driver.Value) error) error {
		for _, p := range in.result.Pairs {
			if err := row(int64(p.Match), p.PersonID, int64(p.Rank), words.ofPair(p), p.Score); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	queries := []string{words.linksQuery(), words.pairsQuery()}
	for _, name := range sortedKeys(matchParts) {
		queries = append(queries, fmt.Sprintf("DROP TABLE %s.%s", layerMatched, name))
	}
	return s.all(ctx, queries...)
}

// append hands rows to a narrow table.
func (s *session) append(ctx context.Context, table string, rows func(row func(...driver.Value) error) error) error {
	return s.conn.Raw(func(c any) error {
		conn, ok := c.(driver.Conn)
		if !ok {
			return errors.New("not a DuckDB connection")
		}
		app, err := duckdb.NewAppender(conn, s.catalog, layerMatched, table)
		if err != nil {
			return err
		}
		return errors.Join(rows(app.AppendRow), ctx.Err(), app.Close())
	})
}

// codebook numbers the few words that links and pairs are made of.
type codebook struct{ words []string }

// of returns the number of a word, 0 for none; there are far fewer than 256.
func (b *codebook) of(word string) int64 {
	if word == "" {
		return 0
	}
	at := slices.Index(b.words, word)
	if at < 0 {
		at = len(b.words)
		b.words = append(b.words, word)
	}
	return int64(at + 1)
}

// ofPair packs rule and levels of a pair into one number.
func (b *codebook) ofPair(p matching.Pair) int64 {
	n := b.of(string(p.Rule))
	for i, l := range levelsOf(p.Levels) {
		n |= int64(*l) << (8 + 8*i)
	}
	if p.Levels.SwappedNames {
		n |= 1 << 56
	}
	return n
}

// levelsOf returns the levels of a pair in the order of levelColumns.
func levelsOf(l matching.Levels) [6]*matching.Level {
	return [...]*matching.Level{&l.Family, &l.Given, &l.Birth, &l.Postcode, &l.UPN, &l.ULN}
}

// word writes the expression that reads a packed word; none is null.
func (b *codebook) word(shift int) string {
	return quoteList(b.words) + "[(codes >> " + strconv.Itoa(shift) + ") & 255]"
}

func (b *codebook) linksQuery() string {
	return `CREATE OR REPLACE TABLE matched.links AS
	SELECT lists.dataset, lists.provider, lists.file_hash, coalesce(lists.sheet, '') AS sheet, lists.line,
		answers.match_no, answers.subject, ` + b.word(0) + ` AS outcome, nullif(answers.person_id, '') AS person_id,
		` + b.word(8) + ` AS rule, answers.score, answers.margin, ` + b.word(16) + ` AS reason,
		lists.delivered_on, lists.list_year, lists.is_current
	FROM matched.part_lines AS lines
	INNER JOIN matched.part_answers AS answers ON lines.match_no = answers.match_no
	INNER JOIN intermediate.int_list_people AS lists ON lines.line_no = lists.rowid`
}

var levelColumns = []string{"family_name_level", "given_name_level", "birth_date_level", "postcode_level", "upn_level", "uln_level"}

func (b *codebook) pairsQuery() string {
	var names []string
	for _, l := range matching.AllLevels() {
		names = append(names, l.String())
	}
	var q strings.Builder
	q.WriteString("CREATE OR REPLACE TABLE matched.pairs AS SELECT pairs.match_no, answers.subject, pairs.person_id, pairs.rank_no, ")
	q.WriteString(strings.ReplaceAll(b.word(0), "codes", "pairs.codes") + " AS rule, pairs.score")
	for i, column := range levelColumns {
		fmt.Fprintf(&q, ", %s[((pairs.codes >> %d) & 255) + 1] AS %s", quoteList(names), 8+8*i, column)
	}
	q.WriteString(", (pairs.codes >> 56) & 1 = 1 AS has_swapped_names FROM matched.part_pairs AS pairs" +
		" INNER JOIN matched.part_answers AS answers ON pairs.match_no = answers.match_no")
	return q.String()
}
