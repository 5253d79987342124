package transforms

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"nightjar/pipeline"
	"nightjar/transforms/matching"
)

// Matches is what matching was given and what it answered. It holds people
// and never leaves the restricted side.
type Matches struct {
	People []matching.Person
	Rows   []matching.Listed
	Lines  []MatchedLine   // the delivered lines that Rows are made of
	Result matching.Result // Links stand in the order of Rows
	// Matcher is the one that answered, with the reference data in use.
	Matcher *matching.Matcher
}

// MatchedLine is a delivered line and the row of Matches that it says.
type MatchedLine struct {
	FileHash string
	Line     int64
	Row      int
}

// Match links the lines of all lists to the caseload without building the
// rest, so that matching can be measured and its weights estimated on lists of
// one's own. in.RunID names the folder of its work, which is gone when it
// returns.
func (w *Warehouse) Match(ctx context.Context, in pipeline.BuildInput) (out Matches, err error) {
	cat, issues, err := w.catalogue(ctx)
	if err != nil {
		return out, err
	}
	if err := trouble(issues); err != nil {
		return out, err
	}
	folder := filepath.Join(w.o.WorkDir, buildPrefix+in.RunID)
	if err := newFolder(folder, 0o700); err != nil {
		return out, fmt.Errorf("work folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	cat.Models = behind(cat.Models, matchReads)
	b := &builder{Warehouse: w, cat: cat, in: in, progress: pipeline.NoProgress{}}
	b.session, err = openSession(ctx, sessionOptions{
		memoryLimit: w.o.MemoryLimit, threads: laneThreads(w.o.Threads), tempDir: filepath.Join(folder, "temp"), tempLimit: w.o.TempLimit,
		allow: []string{folder, w.o.LakeDir},
	})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := b.prepareInput(ctx); err != nil {
		return out, err
	}
	if err := b.models(ctx); err != nil {
		return out, err
	}
	found, err := b.match(ctx, in.Decisions)
	if err != nil {
		return out, err
	}
	out = Matches{People: found.people, Rows: found.rows, Result: found.result, Matcher: found.matcher}
	out.Lines, err = b.linesOf(ctx, found.lines)
	return out, err
}

// linesOf names the delivered lines behind identities.
func (s *session) linesOf(ctx context.Context, lines []matchLine) ([]MatchedLine, error) {
	row := make(map[int64]int, len(lines))
	for _, l := range lines {
		row[l.line] = int(l.identity)
	}
	out := make([]MatchedLine, 0, len(lines))
	err := s.eachRow(ctx, "SELECT rowid, file_hash, line FROM intermediate.int_list_people", func(v []driver.Value) {
		at, _ := v[0].(int64)
		line, _ := v[2].(int64)
		out = append(out, MatchedLine{FileHash: text(v[1]), Line: line, Row: row[at]})
	})
	return out, err
}

// behind returns the models that relations are made of, in their order.
func behind(models []Model, relations []string) []Model {
	want := map[string]bool{}
	for _, r := range relations {
		want[r] = true
	}
	var out []Model
	for i := len(models) - 1; i >= 0; i-- {
		if !want[models[i].Relation()] {
			continue
		}
		out = append([]Model{models[i]}, out...)
		for _, r := range models[i].Reads {
			want[r] = true
		}
	}
	return out
}
