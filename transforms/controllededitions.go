package transforms

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"nightjar/transforms/disclosure"
)

// editions is what every publication so far let out, by profile and family.
// The files hold counts and which of them stood as symbols; no person, but
// small counts, so they are for us alone. Each file holds what a run changed.
type editions struct {
	known map[string]editionList // by profile and family
	fresh []edition
}

// edition is a family as some run published it.
type edition struct {
	Profile   string          `json:"profile"`
	Threshold int64           `json:"threshold"`
	Width     int64           `json:"width"`
	Family    string          `json:"family"`
	Figures   []editionFigure `json:"figures"`
	Sums      [][]int         `json:"sums"` // places of figures counted from 1, below nought for parts

	family *disclosure.Family
}

type editionFigure struct {
	Key   string `json:"k"`
	Value int64  `json:"v"`
	Per   int64  `json:"p,omitempty"` // 1 where it is left out
	State string `json:"s,omitempty"` // h hidden, u unshown, k known
}

type editionFile struct {
	Run      string    `json:"run"`
	AsAt     string    `json:"as_at"`
	Editions []edition `json:"editions"`
}

type editionList []edition

// readEditions reads every file of a folder, oldest first. A damaged one is an
// error: an audit that knows less than readers do would prove nothing.
func readEditions(folder string) (*editions, error) {
	e := &editions{known: map[string]editionList{}}
	if folder == "" {
		return e, nil
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files) // runs are named by their time
	for _, file := range files {
		body, err := os.ReadFile(file)
		var one editionFile
		if err == nil {
			err = json.Unmarshal(body, &one)
		}
		if err != nil {
			return nil, fmt.Errorf("record of published editions: %w; restore %s from a backup, or remove it if nobody has the files of that run", err, filepath.Base(file))
		}
		for _, ed := range one.Editions {
			if ed.family, err = ed.restore(); err != nil {
				return nil, fmt.Errorf("record of published editions %s: %w; restore it from a backup", filepath.Base(file), err)
			}
			key := ed.Profile + "\x00" + ed.Family
			e.known[key] = append(e.known[key], ed)
		}
	}
	return e, nil
}

func (e *editions) of(profile, family string) editionList { return e.known[profile+"\x00"+family] }

func (l editionList) families() []*disclosure.Family {
	var out []*disclosure.Family
	for _, one := range l {
		out = append(out, one.family)
	}
	return out
}

// settled reports whether the last edition is the family as it is, under the
// same rule, and hides all that is hidden so far; it then hides what that did.
func (l editionList) settled(f *disclosure.Family, r disclosure.Rule) bool {
	if len(l) == 0 {
		return false
	}
	last := l[len(l)-1]
	if last.Threshold != r.Threshold || last.Width != r.Width || !last.family.Same(f) {
		return false
	}
	for i, one := range f.Figures {
		if one.Hidden && !last.family.Figures[i].Hidden {
			return false
		}
	}
	copy(f.Figures, last.family.Figures)
	return true
}

// add notes an edition that is new.
func (e *editions) add(profile string, r disclosure.Rule, f *disclosure.Family) {
	ed := edition{Profile: profile, Threshold: r.Threshold, Width: r.Width, Family: f.Name}
	for _, one := range f.Figures {
		out := editionFigure{Key: one.Key, Value: one.Value}
		if one.Per != 1 {
			out.Per = one.Per
		}
		switch {
		case one.Known:
			out.State = "k"
		case one.Unshown:
			out.State = "u"
		case one.Hidden:
			out.State = "h"
		}
		ed.Figures = append(ed.Figures, out)
	}
	for _, sum := range f.Equations {
		var places []int
		for _, t := range sum {
			places = append(places, (t.Figure+1)*int(t.Sign))
		}
		ed.Sums = append(ed.Sums, places)
	}
	e.fresh = append(e.fresh, ed)
}

func (ed edition) restore() (*disclosure.Family, error) {
	f := &disclosure.Family{Name: ed.Family}
	for _, one := range ed.Figures {
		f.Figures = append(f.Figures, disclosure.Figure{
			Key: one.Key, Value: one.Value, Per: max(one.Per, 1),
			Known: one.State == "k", Unshown: one.State == "u", Hidden: one.State == "h",
		})
	}
	for _, places := range ed.Sums {
		var sum disclosure.Equation
		for _, p := range places {
			t := disclosure.Term{Figure: p - 1, Sign: 1}
			if p < 0 {
				t = disclosure.Term{Figure: -p - 1, Sign: -1}
			}
			if t.Figure < 0 || t.Figure >= len(f.Figures) {
				return nil, errors.New("a sum names a figure that is not there")
			}
			sum = append(sum, t)
		}
		f.Equations = append(f.Equations, sum)
	}
	return f, nil
}

// save writes what is new, before anybody can see it: an edition noted in vain
// only makes the next audit more careful. A run without news writes nothing.
func (e *editions) save(folder, run, asAt string) error {
	if folder == "" || len(e.fresh) == 0 {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("record of published editions: %w; is there room?", err)
	}
	body, err := json.Marshal(editionFile{run, asAt, e.fresh})
	if err != nil {
		return err
	}
	temp := filepath.Join(folder, "."+run+tempSuffix)
	if err := os.WriteFile(temp, body, 0o600); err != nil {
		return fmt.Errorf("record of published editions: %w; is there room?", err)
	}
	if err := syncDir(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, filepath.Join(folder, run+".json")); err != nil {
		return fmt.Errorf("record of published editions: %w", err)
	}
	return syncDir(folder)
}
