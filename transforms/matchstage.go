package transforms

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"nightjar/pipeline"
	"nightjar/transforms/matching"
)

// Matching is no model: SQL cannot weigh a typing slip against a common name.
// It runs between two models. Whatever reads schema matched waits until the
// relations that matching reads are made; then the first of these readers has
// matching run.

// layerMatched is the schema of the two relations that matching makes.
const layerMatched = "matched"

// matchReads are what matching reads.
var matchReads = []string{
	"intermediate.int_list_people", "intermediate.int_people", "intermediate.int_person_identities",
	"ref.diminutives", "ref.match_weights", "ref.settings",
}

// matchedRelations are what matching makes: one row for each line of a list,
// and one for each person it may be about.
var matchedRelations = map[string][]typedColumn{
	layerMatched + ".links": {
		{"dataset", "VARCHAR"}, {"provider", "VARCHAR"}, {"file_hash", "VARCHAR"}, {"sheet", "VARCHAR"}, {"line", "BIGINT"},
		{"match_no", "BIGINT"}, {"subject", "VARCHAR"}, {"outcome", "VARCHAR"}, {"person_id", "VARCHAR"}, {"rule", "VARCHAR"},
		{"score", "DOUBLE"}, {"margin", "DOUBLE"}, {"reason", "VARCHAR"},
		{"delivered_on", "DATE"}, {"list_year", "VARCHAR"}, {"is_current", "BOOLEAN"},
	},
	layerMatched + ".pairs": {
		{"match_no", "BIGINT"}, {"subject", "VARCHAR"}, {"person_id", "VARCHAR"}, {"rank_no", "BIGINT"}, {"rule", "VARCHAR"}, {"score", "DOUBLE"},
		{"family_name_level", "VARCHAR"}, {"given_name_level", "VARCHAR"}, {"birth_date_level", "VARCHAR"}, {"postcode_level", "VARCHAR"},
		{"upn_level", "VARCHAR"}, {"uln_level", "VARCHAR"}, {"has_swapped_names", "BOOLEAN"},
	},
}

// withStages adds to what a file reads what the stages before it read, so that
// it comes after them in every order.
func withStages(reads []string) []string {
	if !slices.ContainsFunc(reads, isMatched) {
		return reads
	}
	out := append(slices.Clone(reads), matchReads...)
	slices.Sort(out)
	return slices.Compact(out)
}

func isMatched(relation string) bool { return strings.HasPrefix(relation, layerMatched+".") }

// matchStage runs matching before the first model that reads its relations.
// Another lane that comes meanwhile waits for it.
func (b *builder) matchStage(ctx context.Context, lane *session, m Model) error {
	if !slices.ContainsFunc(m.Reads, isMatched) {
		return nil
	}
	b.matching.Lock()
	defer b.matching.Unlock()
	if b.matched {
		return nil
	}
	err := lane.runMatching(ctx, b.in.Decisions)
	debug.FreeOSMemory() // people and lines are garbage now, and DuckDB needs the room
	b.matched = err == nil
	return err
}

// matchInput is what matching works on.
type matchInput struct {
	people []matching.Person
	rows   []matching.Listed
	lines  []matchLine
	result matching.Result

	matcher *matching.Matcher
}

// runMatching links the lines of all lists and writes both relations.
func (s *session) runMatching(ctx context.Context, decisions []pipeline.Decision) error {
	in, err := s.match(ctx, decisions)
	if err != nil {
		return fmt.Errorf("matching lists to people: %w", err)
	}
	in.people, in.rows, in.matcher = nil, nil, nil // their memory goes to writing
	debug.FreeOSMemory()
	if err := in.writeMatches(ctx, s); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("links of lists to people: %s", duckWords(err))
	}
	return nil
}

func (s *session) match(ctx context.Context, decisions []pipeline.Decision) (matchInput, error) {
	var in matchInput
	var err error
	if in.matcher, err = s.matcher(ctx); err != nil {
		return in, err
	}
	if in.people, err = s.matchPeople(ctx); err != nil {
		return in, err
	}
	if in.rows, in.lines, err = s.matchRows(ctx); err != nil {
		return in, err
	}
	in.result, err = in.matcher.Match(ctx, in.people, in.rows, decisions)
	return in, err
}

// matcher is made of the reference data in use.
func (s *session) matcher(ctx context.Context) (*matching.Matcher, error) {
	var ref matching.Reference
	res, err := s.query(ctx, "SELECT name, diminutive FROM ref.diminutives ORDER BY ALL")
	if err != nil {
		return nil, err
	}
	for _, r := range res.Rows {
		ref.Diminutives = append(ref.Diminutives, [2]string{text(r[0]), text(r[1])})
	}
	if res, err = s.query(ctx, "SELECT field, level, m, u FROM ref.match_weights ORDER BY ALL"); err != nil {
		return nil, err
	}
	for _, r := range res.Rows {
		m, _ := r[2].(float64)
		u, _ := r[3].(float64)
		ref.Weights = append(ref.Weights, matching.Weight{Field: matching.Field(text(r[0])), Level: text(r[1]), M: m, U: u})
	}
	options, err := s.matchOptions(ctx)
	if err != nil {
		return nil, err
	}
	return matching.New(ref, options)
}

// matchOptions reads the thresholds from the settings.
func (s *session) matchOptions(ctx context.Context) (matching.Options, error) {
	o := matching.DefaultOptions()
	into := map[string]*float64{
		"match_accept_bits": &o.Accept, "match_accept_exact_bits": &o.AcceptExact, "match_review_bits": &o.Review,
		"match_margin_bits": &o.Margin, "match_margin_exact_bits": &o.MarginExact,
	}
	res, err := s.query(ctx, "SELECT name, value FROM ref.settings")
	if err != nil {
		return o, err
	}
	for _, r := range res.Rows {
		at, ok := into[text(r[0])]
		if !ok || text(r[1]) == "" {
			continue
		}
		if *at, err = strconv.ParseFloat(text(r[1]), 64); err != nil {
			return o, fmt.Errorf("%w: setting %s is not a number of bits, such as 6 or 4.5", pipeline.ErrUsage, text(r[0]))
		}
	}
	return o, nil
}
