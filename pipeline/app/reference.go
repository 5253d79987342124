package app

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nightjar/pipeline"
)

// codeLists reads the reference list behind every coded column of the
// contracts: its codes, and the words that providers write for them. A file
// of the same name in the override folder replaces the shipped one.
func codeLists(shipped fs.FS, override string, datasets []pipeline.Dataset) (map[string]pipeline.CodeList, error) {
	out := make(map[string]pipeline.CodeList)
	for _, d := range datasets {
		for _, l := range d.Layouts {
			for _, c := range l.Columns {
				if c.Kind != pipeline.Code {
					continue
				}
				if _, done := out[c.List]; done {
					continue
				}
				list, err := codeList(shipped, override, c.List)
				if err != nil {
					return nil, fmt.Errorf("%w: reference list %s, which column %s of %s needs: %w", pipeline.ErrUsage, c.List, c.Name, d.Name, err)
				}
				out[c.List] = list
			}
		}
	}
	return out, nil
}

func codeList(shipped fs.FS, override, name string) (pipeline.CodeList, error) {
	f, err := openReference(shipped, override, name)
	if err != nil {
		return pipeline.CodeList{}, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	rows, err := r.ReadAll()
	if err != nil {
		return pipeline.CodeList{}, err
	}
	if len(rows) == 0 {
		return pipeline.CodeList{}, errors.New("the file is empty")
	}
	code, words, group := -1, -1, -1
	for i, h := range rows[0] {
		switch name, _, _ := strings.Cut(strings.TrimPrefix(h, "\ufeff"), ":"); name {
		case "code":
			code = i
		case "words":
			words = i
		case "headline_group":
			group = i
		}
	}
	if code < 0 {
		return pipeline.CodeList{}, errors.New("it has no column named code")
	}
	known, groups := make(map[string]string), make(map[string]string)
	for _, row := range rows[1:] {
		known[row[code]] = row[code]
		if group >= 0 {
			groups[row[code]] = row[group]
		}
		if words < 0 {
			continue
		}
		for w := range strings.SplitSeq(row[words], ";") {
			if w = strings.TrimSpace(w); w != "" {
				known[w] = row[code]
			}
		}
	}
	return pipeline.NewCodeList(name, known).WithGroups(groups), nil
}

// openReference opens the override when there is one, else the shipped file.
func openReference(shipped fs.FS, override, name string) (fs.File, error) {
	if override != "" {
		f, err := os.Open(filepath.Join(override, name+".csv"))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
	return shipped.Open("ref/" + name + ".csv")
}
