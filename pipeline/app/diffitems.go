package app

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// diffItem is one thing in which the two states differ. Applied to a state it
// takes it one step on.
type diffItem struct {
	kind     string
	say      string
	evidence []string
	apply    func(s *diffState)
}

// list finds the items that lead from the state before to the one after, in
// the order in which causes are told apart.
func (d *differ) list() error {
	d.items = append(d.deliveryItems(), d.decisionItems()...)
	reference, err := d.referenceItems()
	if err != nil {
		return err
	}
	d.items = append(d.items, reference...)
	if d.before.rules.Models != d.after.rules.Models {
		evidence, err := d.modelsThatDiffer()
		if err != nil {
			return err
		}
		d.items = append(d.items, diffItem{
			kind: causeModels, say: fmt.Sprintf("models and reference data of program %s instead of %s", d.after.rules.Program, d.before.rules.Program), evidence: evidence,
			apply: func(s *diffState) { s.rules.Models, s.rules.Program = d.after.rules.Models, d.after.rules.Program },
		})
	}
	return nil
}

// deliveryItems are the lists that one of the states knows and the other does
// not, by the moment they came.
func (d *differ) deliveryItems() []diffItem {
	either := maps.Clone(d.before.loaded)
	for _, m := range []map[string]pipeline.FileRecord{d.before.refused, d.after.loaded, d.after.refused} {
		maps.Copy(either, m)
	}
	var out []diffItem
	for _, f := range inOrder(either) {
		key := f.Key()
		_, was := d.before.loaded[key]
		_, is := d.after.loaded[key]
		_, wasRefused := d.before.refused[key]
		_, isRefused := d.after.refused[key]
		say := "list came"
		switch {
		case was == is && wasRefused == isRefused:
			continue
		case was:
			say = "list went"
		case isRefused && !is:
			say = "list was refused"
		}
		out = append(out, diffItem{
			kind: causeDelivery, say: fmt.Sprintf("%s: %s, delivered %s", say, f.Name, f.DeliveredOn),
			evidence: []string{fmt.Sprintf("%s from %s, %d rows, sha256 %s", f.Name, f.Provider, f.Counts.Accepted, f.Hash[:min(len(f.Hash), 12)])},
			apply: func(s *diffState) {
				moveKey(s.loaded, d.after.loaded, key)
				moveKey(s.refused, d.after.refused, key)
			},
		})
	}
	return out
}

// moveKey gives one entry of a map the value that it has in another.
func moveKey[V any](to, from map[string]V, key string) {
	if v, ok := from[key]; ok {
		to[key] = v
		return
	}
	delete(to, key)
}

// decisionItems are the identities about which different decisions hold.
func (d *differ) decisionItems() []diffItem {
	about := func(list []pipeline.Decision) map[string][]pipeline.Decision {
		out := map[string][]pipeline.Decision{}
		for _, x := range list {
			out[x.Subject] = append(out[x.Subject], x)
		}
		return out
	}
	was, is := about(d.before.decisions), about(d.after.decisions)
	subjects := maps.Clone(was)
	maps.Copy(subjects, is)
	var out []diffItem
	for _, subject := range slices.Sorted(maps.Keys(subjects)) {
		before, after := rulingWords(was[subject]), rulingWords(is[subject])
		if before == after {
			continue
		}
		short := subject[:min(len(subject), 8)]
		out = append(out, diffItem{
			kind: causeDecision, say: fmt.Sprintf("decision about identity %s: %s instead of %s", short, after, before),
			evidence: []string{fmt.Sprintf("identity %s: %s, before that %s", short, after, before)},
			apply: func(s *diffState) {
				s.decisions = slices.DeleteFunc(s.decisions, func(x pipeline.Decision) bool { return x.Subject == subject })
				s.decisions = pipeline.DecisionsInForce(append(s.decisions, is[subject]...), pipeline.LastDate)
			},
		})
	}
	return out
}

// rulingWords words the decisions in force about an identity, without people.
func rulingWords(list []pipeline.Decision) string {
	if len(list) == 0 {
		return "none"
	}
	var parts []string
	for _, x := range list {
		parts = append(parts, fmt.Sprintf("%s of %s (no. %d)", x.Verdict, x.DecidedOn, x.ID))
	}
	return strings.Join(parts, ", ")
}

// referenceItems are the authority's own reference files and its settings.
func (d *differ) referenceItems() ([]diffItem, error) {
	was, is := d.before.rules, d.after.rules
	names := maps.Clone(was.Reference)
	maps.Copy(names, is.Reference)
	var out []diffItem
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if was.Reference[name] == is.Reference[name] {
			continue
		}
		before, err := d.referenceText(was, name)
		if err != nil {
			return nil, err
		}
		after, err := d.referenceText(is, name)
		if err != nil {
			return nil, err
		}
		out = append(out, diffItem{
			kind: causeReference, say: "reference file " + name + " changed", evidence: rowsThatDiffer(name, before, after),
			apply: func(s *diffState) { moveKey(s.rules.Reference, is.Reference, name) },
		})
	}
	settings := maps.Clone(was.Settings)
	maps.Copy(settings, is.Settings)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if old, new := was.Settings[name], is.Settings[name]; old != new {
			out = append(out, diffItem{
				kind: causeReference, say: fmt.Sprintf("setting %s changed", name), evidence: []string{fmt.Sprintf("%s: %s instead of %s", name, orShipped(new), orShipped(old))},
				apply: func(s *diffState) { moveKey(s.rules.Settings, is.Settings, name) },
			})
		}
	}
	return out, nil
}

func orShipped(value string) string {
	if value == "" {
		return "the shipped value"
	}
	return value
}

// referenceText reads a reference file as a set has it: the authority's own,
// else the one that came with the program.
func (d *differ) referenceText(set ruleSet, name string) ([]byte, error) {
	if hash, own := set.Reference[name]; own {
		text, err := os.ReadFile(filepath.Join(d.rulesFolder(), "reference", hash+".csv"))
		if err != nil {
			return nil, fmt.Errorf("reference file %s as it was cannot be read: %w; put folder rules back from a backup", name, err)
		}
		return text, nil
	}
	models, err := d.modelFiles(set.Models)
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(models, "ref/"+name)
	if err != nil {
		return nil, nil // a file that only one of the two has
	}
	return text, nil
}

// maxEvidence bounds the rows that are listed for a cause; more are counted.
const maxEvidence = 20

// rowsThatDiffer lists the rows of a reference file that only one of two
// versions has. Reference data holds nobody.
func rowsThatDiffer(name string, before, after []byte) []string {
	was, is := referenceRows(before), referenceRows(after)
	var out []string
	for _, side := range []struct {
		sign string
		have []string
		not  map[string]bool
	}{{"-", was, setOf(is)}, {"+", is, setOf(was)}} {
		for _, row := range side.have {
			if !side.not[row] {
				out = append(out, side.sign+" "+strings.TrimSuffix(name, ".csv")+": "+row)
			}
		}
	}
	return shortened(out)
}

func shortened(list []string) []string {
	if len(list) <= maxEvidence {
		return list
	}
	return append(list[:maxEvidence:maxEvidence], fmt.Sprintf("and %d more", len(list)-maxEvidence))
}

// referenceRows writes each row in one form, so that quotes and a column type
// in the header make no difference.
func referenceRows(text []byte) []string {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		return nil
	}
	var out []string
	for _, row := range all[1:] {
		out = append(out, strings.Join(row, ", "))
	}
	return out
}

func setOf(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, x := range list {
		out[x] = true
	}
	return out
}

// modelsThatDiffer names the files of the models that differ; of shipped
// reference data, the rows.
func (d *differ) modelsThatDiffer() ([]string, error) {
	texts := [2]map[string]string{{}, {}}
	for i, hash := range []string{d.before.rules.Models, d.after.rules.Models} {
		files, err := d.modelFiles(hash)
		if err != nil {
			return nil, err
		}
		if err := eachRuleFile(files, func(name string, text []byte) error { texts[i][name] = string(text); return nil }); err != nil {
			return nil, err
		}
	}
	names := maps.Clone(texts[0])
	maps.Copy(names, texts[1])
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, was := texts[0][name]
		after, is := texts[1][name]
		switch {
		case was && is && before == after:
		case filepath.Ext(name) == ".csv":
			out = append(out, rowsThatDiffer(filepath.Base(name), []byte(before), []byte(after))...)
		case !was:
			out = append(out, "new: "+name)
		case !is:
			out = append(out, "gone: "+name)
		default:
			out = append(out, "changed: "+name)
		}
	}
	return shortened(out), nil
}
