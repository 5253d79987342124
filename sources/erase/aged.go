package erase

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// Aged finds the rows of everybody who was born on a day or before, in every
// list about people: by the date of birth in the row, else by that of the
// caseload. Files in which nothing is to go are returned too, with how many
// rows they hold. Quarantine is left to its own age.
func Aged(ctx context.Context, q Request, until pipeline.Date) ([]File, error) {
	born := map[string]pipeline.Date{}
	err := q.people(ctx, func(r record) {
		if r.hasBorn && r.client != "" {
			born[r.client] = r.born // the last record says it best
		}
	})
	if err != nil {
		return nil, err
	}
	var out []File
	for _, f := range q.Files {
		if !q.Personal(f.Dataset) || f.Path == "" || f.Status != pipeline.FileLoaded {
			continue
		}
		file := File{Key: f.Key(), Dataset: f.Dataset, Provider: f.Provider, Hash: f.Hash, Snapshot: f.Path, Lines: map[string][]int64{}}
		err := snapshot.Scan(q.path(f.Path), []string{"client_id", "birth_date", "sheet", "line"}, func(c []snapshot.Cell) error {
			day, ok := born[tidy(c[0].Text)]
			if !ok {
				day, ok = dayOf(c[1])
			}
			if ok && day <= until {
				file.Drop = append(file.Drop, file.Rows)
				if n, err := strconv.ParseInt(c[3].Text, 10, 64); err == nil {
					if list := file.Lines[c[2].Text]; len(list) == 0 || list[len(list)-1] != n {
						file.Lines[c[2].Text] = append(list, n)
					}
				}
			}
			file.Rows++
			return nil
		})
		if err != nil {
			return out, fmt.Errorf("%s: %w", f.Name, err)
		}
		for sheet, lines := range file.Lines {
			slices.Sort(lines)
			file.Lines[sheet] = slices.Compact(lines)
		}
		out = append(out, file)
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
	}
	return out, nil
}
