package transforms

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/transforms/openexport"
)

func TestControlledExports(t *testing.T) {
	t.Parallel()
	o := newOutlet(t)
	folder := o.publish("r1")
	got := strings.Join(listing(t, folder), " ")
	for _, want := range []string{"committee/about.json", "committee/borough_months.parquet", "public/neet_ward_by_year.csv", "public/neet_ward_by_year.meta.csv", "public/survey_years.parquet"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s among %s", want, got)
		}
	}
	if strings.Contains(got, "committee/neet") {
		t.Errorf("the committee's files are no open data: %s", got)
	}
	for _, row := range o.read(filepath.Join(folder, "public", "ward_years.parquet")) {
		if row["ward_code"] == "elsewhere" {
			t.Error("the row of those who live in no ward is shown")
		}
		for _, column := range []string{"cohort_count", "eet_count", "neet_count", "not_known_count", "other_count"} {
			if (row[column] == "") != (row[column+"_symbol"] != "") {
				t.Errorf("%s of %s: %q beside symbol %q", column, row["ward_code"], row[column], row[column+"_symbol"])
			}
			if v, _ := strconv.ParseFloat(row[column], 64); math.Mod(v, 5) != 0 {
				t.Errorf("%s is not rounded: %v", column, v)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "public", "neet_comparisons_by_year.csv"))
	if err != nil || bytes.Contains(text, []byte("9.87")) || bytes.Contains(text, []byte("4.44")) || !bytes.Contains(text, []byte("City of London,,,Age 16 and 17,c,x")) {
		t.Errorf("comparisons hold what is not published, or no symbol: %v\n%s", err, text)
	}
	screened, err := openexport.Check(filepath.Join(folder, "public"))
	if err != nil || len(screened.Errors) > 0 || screened.Files != 6 {
		t.Errorf("open data would be refused: %+v, %v", screened, err)
	}
	var about struct{ Profile, Rule string }
	body, err := os.ReadFile(filepath.Join(folder, "committee", aboutFile))
	if err != nil || json.Unmarshal(body, &about) != nil || about.Profile != "committee" || !strings.Contains(about.Rule, "1 to 4") {
		t.Errorf("%+v, %v", about, err)
	}
}

// A rate is nothing but its published counts: no denominator leads back to a
// hidden one, and none of a few people is shown.
func TestRatesTellNoMoreThanCounts(t *testing.T) {
	t.Parallel()
	o := newOutlet(t)
	folder := o.publish("r1")
	rates := 0
	for _, profile := range []string{"committee", "public"} {
		for _, table := range []string{"borough_months", "ward_years", "group_years"} {
			for _, row := range o.read(filepath.Join(folder, profile, table+".parquet")) {
				shown := map[string]float64{}
				for _, k := range []string{"cohort", "eet", "neet", "not_known"} {
					v, err := strconv.ParseFloat(row[k+"_count"], 64)
					if err != nil {
						v = math.NaN()
					}
					shown[k] = v
				}
				for k, n := range map[string]float64{"eet": shown["eet"], "neet": shown["neet"], "not_known": shown["not_known"], "combined": shown["neet"] + shown["not_known"]} {
					want := math.Floor(1000*n/shown["cohort"]+0.5) / 10
					rate, err := strconv.ParseFloat(row[k+"_percent"], 64)
					switch {
					case err != nil && (math.IsNaN(want) || profile == "public" && shown["cohort"] < 20 || want == 0 && n > 0):
					case err != nil || math.Abs(rate-want) > 1e-9:
						t.Fatalf("%s/%s: %s_percent is %q beside %v", profile, table, k, row[k+"_percent"], shown)
					default:
						rates++
					}
				}
			}
		}
	}
	if rates < 200 {
		t.Errorf("only %d rates", rates)
	}
}

func TestUnchangedFiguresGiveTheSameBytesAndNoEdition(t *testing.T) {
	t.Parallel()
	one, two := newOutlet(t), newOutlet(t)
	a, b := one.publish("r1"), two.publish("r1")
	for _, name := range listing(t, a) {
		if info, _ := os.Stat(filepath.Join(a, name)); info.IsDir() {
			continue
		}
		x, err := os.ReadFile(filepath.Join(a, name))
		y, err2 := os.ReadFile(filepath.Join(b, name))
		if err != nil || err2 != nil || !bytes.Equal(x, y) {
			t.Errorf("%s differs: %v %v", name, err, err2)
		}
	}
	again := one.publish("r2")
	if got := listing(t, filepath.Join(one.dir, "editions")); len(got) != 1 || got[0] != "r1.json" {
		t.Errorf("editions %v", got)
	}
	x, _ := os.ReadFile(filepath.Join(a, "public", "neet_ward_by_year.csv"))
	y, _ := os.ReadFile(filepath.Join(again, "public", "neet_ward_by_year.csv"))
	if len(x) == 0 || !bytes.Equal(x, y) {
		t.Error("the next night hides something else")
	}
	info, err := os.Stat(filepath.Join(one.dir, "editions", "r1.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// A correction arrives: only what it changes is an edition of its own, and is
// protected together with what is out already.
func TestACorrectionIsHeldAgainstWhatIsOut(t *testing.T) {
	t.Parallel()
	o := newOutlet(t)
	o.publish("r1")
	o.edits = []string{`UPDATE base SET neet = neet + 2 WHERE ward_code = 'E05000003' AND academic_age = 16 AND month_end = DATE '2021-12-31'`}
	o.publish("r2")
	first, err := readEditions(filepath.Join(o.dir, "editions"))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(first.of("public", "wards 2021/22")); n != 2 {
		t.Errorf("%d editions of the winter that changed", n)
	}
	if n := len(first.of("public", "wards 2020/21")); n != 1 {
		t.Errorf("%d editions of the winter that did not", n)
	}
	if err := os.WriteFile(filepath.Join(o.dir, "editions", "r2.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.build("r3").controlled(t.Context()); err == nil || !strings.Contains(err.Error(), "r2.json") {
		t.Errorf("a damaged record of editions: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		marts, refs []string
		held        bool
		say         string
	}{
		"wards do not sum": {marts: []string{"UPDATE marts.ward_rates SET neet_count = neet_count + 1, cohort_count = cohort_count + 1 WHERE month_end = DATE '2021-01-31' AND ward_code = 'outside'"}, held: true, say: "do not add up"},
		"no such table":    {refs: []string{"UPDATE ref.disclosure_tables SET table_name = 'people' WHERE table_name = 'survey_years'"}, say: "no model sql/exports/people.sql"},
		"no such column":   {refs: []string{"UPDATE ref.disclosure_columns SET column_name = 'gone_count' WHERE column_name = 'meeting_count'"}, say: "gone_count"},
		"a person":         {refs: []string{"UPDATE ref.disclosure_columns SET column_name = 'uln' WHERE column_name = 'meeting_count'"}, say: "holds a person"},
		"no rule":          {refs: []string{"UPDATE ref.disclosure_profiles SET rounding_base = 0"}, say: "rounding base"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutlet(t)
			o.marts, o.refs = c.marts, c.refs
			err := o.build("r1").controlled(t.Context())
			if err == nil || errors.Is(err, pipeline.ErrHeld) != c.held || !strings.Contains(err.Error(), c.say) {
				t.Errorf("%v", err)
			}
			if c.held && pipeline.ExitCode(err) != pipeline.ExitHeld {
				t.Errorf("exit %d", pipeline.ExitCode(err))
			}
			if got, _ := filepath.Glob(filepath.Join(o.dir, "editions", "*")); len(got) > 0 {
				t.Errorf("a refused run is noted as an edition: %v", got)
			}
		})
	}
}

// Somebody's change to the writer shows one figure that the audit hid.
func TestAFileThatShowsAHiddenFigureIsRefused(t *testing.T) {
	t.Parallel()
	o := newOutlet(t)
	r := o.build("r1")
	if err := r.controlled(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := openSession(t.Context(), sessionOptions{threads: 1, allow: []string{o.dir}, ordered: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := &controls{publishing: r, s: s, tables: map[string]*controlledTable{}}
	if err := s.exec(t.Context(), "ATTACH "+quote(r.build.Path)+" AS "+workCatalog+" (READ_ONLY)"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.readRules(t.Context()), c.readTables(t.Context())); err != nil {
		t.Fatal(err)
	}
	p := c.profiles[1]
	families, err := c.families(p)
	if err != nil {
		t.Fatal(err)
	}
	c.editions, err = readEditions(r.o.Editions)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.protect(p, families, map[string]bool{}); err != nil {
		t.Fatal(err)
	}
	if err := c.prove(t.Context(), p, families); err != nil {
		t.Fatalf("as written: %v", err)
	}
	file := filepath.Join(r.temp, exportsFolder, p.name, "ward_years.parquet")
	for _, q := range []string{
		"CREATE TABLE bad AS SELECT * REPLACE (coalesce(neet_count, 3) AS neet_count) FROM read_parquet(" + quote(file) + ")",
		"COPY bad TO " + quote(file+".new") + " (FORMAT parquet)",
	} {
		if err := s.exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	if err := c.prove(t.Context(), p, families); !errors.Is(err, pipeline.ErrHeld) || !strings.Contains(err.Error(), "neet_count") {
		t.Errorf("a shown figure passes: %v", err)
	}
}

func BenchmarkControlled(b *testing.B) {
	o := newOutlet(b)
	r := o.build("r1")
	r.o.Editions = ""
	for n := 0; b.Loop(); n++ {
		r.extra = nil
		if err := os.RemoveAll(filepath.Join(r.temp, exportsFolder)); err != nil {
			b.Fatal(err)
		}
		if err := r.controlled(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// What the package says of a controlled export is what the file is.
func TestPackageCoversControlledExports(t *testing.T) {
	t.Parallel()
	o := newOutlet(t)
	run := o.build("r1")
	if err := errors.Join(run.controlled(t.Context()), run.documents(t.Context())); err != nil {
		t.Fatal(err)
	}
	folder := run.temp
	body, err := os.ReadFile(filepath.Join(folder, packageFile))
	if err != nil {
		t.Fatal(err)
	}
	var p dataPackage
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range p.Resources {
		if r.Label != "committee" && r.Label != "public" {
			continue
		}
		seen[r.Label] = true
		d, err := digest(folder, r.Path)
		if err != nil || r.Hash != "sha256:"+d.SHA256 || r.Rows != int64(len(o.read(filepath.Join(folder, r.Path)))) {
			t.Errorf("%s: %+v, %v", r.Path, r, err)
		}
		if want := map[string]string{"committee": "other-closed", "public": "OGL-UK-3.0"}[r.Label]; r.Licenses[0].Name != want {
			t.Errorf("%s has licence %s, want %s", r.Name, r.Licenses[0].Name, want)
		}
		for _, f := range r.Schema.Fields {
			if len(f.Description) < 3 {
				t.Errorf("column %s of %s is not described", f.Name, r.Name)
			}
		}
	}
	if !seen["committee"] || !seen["public"] {
		t.Errorf("the package names exports of %v only", seen)
	}
}

// A family that nothing can protect is published with every figure hidden, and
// said so: one table must not keep a night from its readers.
func TestWhatCannotBeProtectedIsWithheld(t *testing.T) {
	t.Parallel()
	o := newOutlet(t)
	o.refs = []string{`UPDATE ref.disclosure_columns SET role = 'known' WHERE table_name = 'survey_years' AND role = 'count' AND column_name <> 'temporary_break_count'`,
		`DELETE FROM ref.disclosure_columns WHERE table_name = 'survey_years' AND role = 'rate'`}
	r := o.build("r1")
	if err := r.controlled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.notices) == 0 || r.notices[0].Rule != "withheld" || !strings.Contains(r.notices[0].Say, "pupils 2021") {
		t.Errorf("notices %+v", r.notices)
	}
	rows := o.read(filepath.Join(r.temp, exportsFolder, "committee", "survey_years.parquet"))
	for _, row := range rows {
		if row["temporary_break_count"] != "" || row["temporary_break_count_symbol"] != "c" {
			t.Errorf("a withheld table shows %v", row)
		}
	}
	if len(rows) == 0 || len(o.read(filepath.Join(r.temp, exportsFolder, "committee", "guarantee_years.parquet"))) == 0 {
		t.Error("the table is gone, or the others with it")
	}
}
