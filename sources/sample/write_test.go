package sample

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"nightjar/pipeline"
)

// digest hashes every file of a folder by its name.
func digest(t *testing.T, root string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		out[rel] = sha256.Sum256(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, opts Options) Summary {
	t.Helper()
	sum, err := Write(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// caseloadCells returns the accepted P rows of one extract, one per person,
// with cells by header.
func caseloadCells(t *testing.T, root, m string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "inbox/caseload", caseloadProvider, "nccis_"+m+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var out []map[string]string
	for _, rec := range records[1:] {
		row := map[string]string{}
		for i, cell := range rec {
			row[records[0][i]] = cell
		}
		if row["CohortStatus"] != "P" || row["LeadLEA"] != "343" || seen[row["YoungPersonsID"]] || row["DateOfBirth"] == "31/02/2001" {
			continue
		}
		seen[row["YoungPersonsID"]] = true
		out = append(out, row)
	}
	return out
}

// countFile counts an extract by the rules of the statutory return.
func countFile(t *testing.T, root, m string, oldest int) target {
	t.Helper()
	end := mustMonth(t, m).end()
	var sum target
	for _, row := range caseloadCells(t, root, m) {
		born, err := time.Parse("02/01/2006", row["DateOfBirth"])
		if err != nil {
			t.Fatal(err)
		}
		if pipeline.AcademicAge(pipeline.DateOf(born, time.UTC), end) > oldest {
			continue
		}
		code := row["ActivityCode"]
		if code == "710" {
			continue
		}
		sum.cohort++
		switch {
		case row["CurrencyLapsed"] == "Y", code >= "810":
			sum.notKnown++
		case code == "540", code >= "610" && code <= "680":
			sum.neet++
		case code == "330", code == "340", code == "350", code == "360", code == "380":
			sum.other++
		case code == "530", code == "260":
			sum.reengaging++
		}
	}
	return sum
}

// The model case is written once for the tests below; it takes about a second.
func TestModelCaseFiles(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := write(t, Options{Out: root, Seed: 1})
	goal := mustTargets(t)
	for _, m := range []string{"2015-09", "2017-07", "2017-12", "2018-04", "2018-07", "2020-10", "2021-10", "2022-04", "2022-10", "2023-08"} {
		for _, oldest := range []int{17, 18} {
			want := goal.band(mustMonth(t, m), oldest)
			want.lapsed = 0 // counted within not known
			if got := countFile(t, root, m, oldest); got != want {
				t.Errorf("%s to age %d: the file holds %+v, the target is %+v", m, oldest, got, want)
			}
		}
	}
	if first.Bytes > 260<<20 {
		t.Errorf("the files take %d bytes; the whole demo has to stay under 300 MB", first.Bytes)
	}
	checkManifest(t, root, first)
	checkTruth(t, root)
	checkSecondTime(t, root)
	if testing.Short() {
		return
	}
	other := t.TempDir()
	write(t, Options{Out: other, Seed: 1})
	a, b := digest(t, root), digest(t, other)
	for name, sum := range a {
		if b[name] != sum {
			t.Errorf("%s differs between two samples of one seed", name)
		}
	}
}

// Every file is in the manifest, and the manifest names only files.
func checkManifest(t *testing.T, root string, sum Summary) {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "inbox/manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, rec := range records[1:] {
		listed[rec[0]] = true
		if _, err := time.Parse(time.RFC3339, rec[3]); err != nil {
			t.Errorf("%s: %v", rec[0], err)
		}
	}
	found := digest(t, filepath.Join(root, "inbox"))
	delete(found, "manifest.csv")
	for name := range found {
		if !listed[filepath.ToSlash(name)] {
			t.Errorf("%s is not in the manifest", name)
		}
	}
	if len(found) != len(listed) || int64(len(found)) != sum.Files {
		t.Errorf("%d files, %d in the manifest, %d in the summary", len(found), len(listed), sum.Files)
	}
}

// The truth names the right line: the birth date there is the person's, but
// for a slip now and then.
func checkTruth(t *testing.T, root string) {
	t.Helper()
	people, rows := readCSV(t, filepath.Join(root, "truth/people.csv")), readCSV(t, filepath.Join(root, "truth/list_rows.csv"))
	born := make(map[string]string, len(people))
	for _, p := range people {
		born[p[0]] = p[4]
	}
	const file = "college_starters/dunlin-college/starters_2021.csv"
	lines := readCSV(t, filepath.Join(root, "inbox", file))
	same, listed := 0, 0
	for _, r := range rows {
		if n, err := strconv.Atoi(r[1]); r[0] == file && err == nil && r[3] != "" {
			listed++
			if lines[n-1][5] == born[r[2]] {
				same++
			}
		}
	}
	if listed < 500 || same < listed*98/100 {
		t.Errorf("of %d rows with a client %d stand where the truth says", listed, same)
	}
	if info, err := os.Stat(filepath.Join(root, "truth/list_rows.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the truth is readable by others: %v %v", info.Mode(), err)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// A second call changes nothing, even after the files were taken; another
// seed is refused.
func checkSecondTime(t *testing.T, root string) {
	t.Helper()
	taken := filepath.Join(root, "inbox/caseload", caseloadProvider, "nccis_2015-09.csv")
	kept, err := os.ReadFile(taken)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(taken); err != nil {
		t.Fatal(err)
	}
	before := digest(t, root)
	if sum := write(t, Options{Out: root, Seed: 1}); !sum.Existing {
		t.Error("the second call does not say that the sample stands already")
	}
	for name, d := range digest(t, root) {
		if before[name] != d {
			t.Errorf("the second call changed %s", name)
		}
	}
	if _, err := os.Stat(taken); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the second call brought a taken file back")
	}
	if _, err := Write(context.Background(), Options{Out: root, Seed: 2}); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("another seed over the same folder: %v", err)
	}
	if err := os.WriteFile(taken, kept, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWriteRefusesStrangersFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "letter.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(context.Background(), Options{Out: root}); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("got %v", err)
	}
	if _, err := Write(context.Background(), Options{Out: t.TempDir(), People: -1}); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("fewer than nobody: %v", err)
	}
}

// A sample that was broken off is written again in full.
func TestBrokenOffSampleIsWrittenAnew(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Write(ctx, Options{Out: root, People: 300, Seed: 3}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	sum := write(t, Options{Out: root, People: 300, Seed: 3})
	if sum.Existing || sum.Files != 14 {
		t.Errorf("got %+v", sum)
	}
}

// A streamed sample keeps the rules of the records for any number of people.
func TestStreamedSample(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	sum := write(t, Options{Out: root, People: 2000, Seed: 5})
	if sum.People != 2000 {
		t.Errorf("got %+v", sum)
	}
	for _, m := range []string{"2022-09", "2023-02", "2023-08"} {
		got := countFile(t, root, m, 18)
		if got.cohort < 1950 || got.neet == 0 || got.notKnown == 0 {
			t.Errorf("%s: %+v", m, got)
		}
	}
}
