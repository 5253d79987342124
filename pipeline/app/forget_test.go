package app

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/xuri/excelize/v2"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
	"nightjar/pipeline/ledger"
	"nightjar/sources/erase"
	"nightjar/sources/snapshot"
	"nightjar/transforms"
)

// The one who goes. Nobody else is called anything like it.
const (
	goneClient = "3430000099001"
	goneUPN    = "L343200001004"
	goneULN    = "1200024787"
	goneFamily = "Quillfeather"
	goneDay    = "2004-03-17"
)

// needlesOfGone are what must be nowhere: the numbers, and the name in every
// spelling that the lists have.
var needlesOfGone = []string{goneClient, goneUPN, goneULN, "quillfeath", "zebedee"}

const cohortHead = "Estab,UPN,Surname,Forename,Gender,DoB,EnrolStatus,NCyearActual,SENprovision,UniqueLearnerNumber,Postcode,RONI,Offer Status,Offer Provider,Check Round,Left To\n"

const (
	// the spelling is another one, and no number is given: only matching knows
	slippedRow = "3439002,,Quillfeathr,Zebedee,M,2004-03-17,C,12,N,,L20 1AB,N,,,january,\n"
	// the check digit of the ULN is wrong: the row goes to quarantine
	refusedRow = "3439002,,QUILLFEATHER,Zebedee,M,17/03/2004,C,12,N,1200024780,L20 1AB,N,,,january,\n"
	otherRow   = "3439002,A343200004095,Meadowcroft,Ethan,M,2004-04-20,C,12,N,,PR9 4EQ,N,,,january,\n"
)

func goneExtract(month string) string {
	return extract(month, []client{
		{"client_id": "3430000099002", "given_name": "Ann"},
		{"client_id": goneClient, "given_name": "Zebedee", "family_name": goneFamily, "birth_date": goneDay, "upn": goneUPN, "uln": goneULN, "postcode": "L20 1AB", "activity_code": "619", "neet_start_date": "2021-09-01"},
		{"client_id": "3430000099003", "given_name": "Bea", "family_name": "Meadow"},
	})
}

// goneUCAS is a workbook with the person in its shared texts.
func goneUCAS(t *testing.T) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	for i, row := range [][]any{
		{"Personal ID", "Surname", "Forename", "Date of Birth", "Institution", "Year of Entry", "Status"},
		{"1111111111", "Meadow", "Bea", "15/01/2004", "Edge Hill University", 2021, "placed"},
		{"2222222222", goneFamily, "Zebedee", "17/03/2004", "Edge Hill University", 2021, "placed"},
	} {
		at, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := book.SetSheetRow("Sheet1", at, &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// goneLists is a small authority that knows the person from everywhere.
func goneLists(t *testing.T) (*place, *App) {
	t.Helper()
	p := mustPlace(t)
	p.mustPut(t, "caseload/connect/october.csv", "2021-10", "2021-11-05", goneExtract("2021-10-31"))
	p.mustPut(t, "caseload/connect/november.csv", "2021-11", "2021-12-05", goneExtract("2021-11-30"))
	p.mustPut(t, "cohort_checks/marram/check.csv", "", "2021-11-20", cohortHead+otherRow+slippedRow+refusedRow+
		"3439002,,Others,Cai,F,2004-05-01,C,12,N,,PR9 4EQ,N,,,january,\n3439002,,Fourth,Dee,F,2004-06-01,C,12,N,,PR9 4EQ,N,,,january,\n3439002,,Fifth,Eve,F,2004-07-01,C,12,N,,PR9 4EQ,N,,,january,\n")
	p.mustPut(t, "ucas/marram/ucas.xlsx", "", "2021-09-20", goneUCAS(t))
	night := p.night(t)
	a := night.app
	if _, err := a.FollowUps(t.Context(), FollowUpsQuestion{}); err != nil {
		t.Fatal(err)
	}
	return p, a
}

// bytesWithGone searches the whole tree by other means than the program's own
// and returns the files that hold the person.
func bytesWithGone(t *testing.T, root string) (hits []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := deepText(t, path, body)
		for _, n := range needlesOfGone {
			if strings.Contains(text, strings.ToLower(n)) {
				rel, _ := filepath.Rel(root, path)
				hits = append(hits, rel+" holds "+n)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

// deepText is everything a file holds, unpacked, in small letters.
func deepText(t *testing.T, path string, body []byte) string {
	t.Helper()
	var all strings.Builder
	all.Write(body)
	switch {
	case bytes.HasPrefix(body, []byte("\x28\xb5\x2f\xfd")):
		z, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		plain, err := z.DecodeAll(body, nil)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(deepText(t, "", plain))
	case bytes.HasPrefix(body, []byte("PK")):
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range z.File {
			r, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(&all, r); err != nil {
				t.Fatal(err)
			}
			r.Close()
		}
	case bytes.HasPrefix(body, []byte("PAR1")):
		table, err := snapshot.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(&all, table.Rows)
	case strings.HasSuffix(path, ".duckdb"):
		tables, err := transforms.Tables(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			res, err := transforms.Query(t.Context(), path, table.Name, "", 0)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&all, res.Rows)
		}
	}
	return strings.ToLower(all.String())
}

func TestForgetLeavesNothingAndAnOldListBringsNobodyBack(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("three nights and an erasure")
	}
	p, a := goneLists(t)
	if found := bytesWithGone(t, a.cfg.Folders.Data); len(found) < 8 {
		t.Fatalf("the person is in too few places for the test to say anything: %v", found)
	}
	before := a.mustCounts(t)
	backup := filepath.Join(t.TempDir(), "backup.tar.gz")
	if _, err := a.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	asked := ForgetOptions{Numbers: erase.Numbers{UPNs: []string{strings.ToLower(goneUPN)}}, By: "officer", Reason: "request 1"}
	dry := asked
	dry.DryRun = true
	plan, err := a.Forget(t.Context(), dry)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Proof != nil || a.mustCounts(t) != before {
		t.Errorf("the dry run changed something: %+v", plan)
	}
	unpublished := filepath.Join(a.work(), finishedPrefix+"20211206T020000.000Z") // a build that waits for room to be published
	if err := errors.Join(os.Mkdir(unpublished, 0o700), os.WriteFile(filepath.Join(unpublished, "kept"), []byte(goneUPN), 0o600)); err != nil {
		t.Fatal(err)
	}
	done, err := a.Forget(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(done.Places) != fmt.Sprint(plan.Places) {
		t.Errorf("did %v, planned %v", done.Places, plan.Places)
	}
	for _, want := range []ErasedPlace{{placeSnapshots, 4, 4}, {placeQuarantine, 1, 1}} {
		if !strings.Contains(fmt.Sprint(done.Places), fmt.Sprint(want)) {
			t.Errorf("places %v, want %v among them", done.Places, want)
		}
	}
	if len(done.Proof.Hits) > 0 || len(done.Removed) > 0 {
		t.Errorf("left %v, removed whole %v", done.Proof.Hits, done.Removed)
	}
	if left := bytesWithGone(t, a.cfg.Folders.Data); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	a.mustBalance(t, 5)

	// The same lists come again, and one of them with another byte.
	p.mustPut(t, "caseload/connect/october-same.csv", "2021-10", "2021-12-07", goneExtract("2021-10-31"))
	p.mustPut(t, "caseload/connect/october2.csv", "2021-10", "2021-12-08", goneExtract("2021-10-31")+"\n")
	p.mustPut(t, "ucas/marram/ucas-same.xlsx", "", "2021-12-07", goneUCAS(t))
	p.mustPut(t, "cohort_checks/marram/check2.csv", "", "2021-12-09", cohortHead+slippedRow+refusedRow+otherRow+
		"3439002,,Sixth,Cai,F,2004-05-01,C,12,N,,PR9 4EQ,N,,,january,\n3439002,,Fourth,Dee,F,2004-06-01,C,12,N,,PR9 4EQ,N,,,january,\n3439002,,Fifth,Eve,F,2004-07-01,C,12,N,,PR9 4EQ,N,,,january,\n")
	again := p.night(t)
	if left := bytesWithGone(t, p.dir); len(left) > 0 {
		t.Errorf("an old list brought the person back: %v", left)
	}
	a.mustBalance(t, 8)
	if got := again.one(t, "meta.build", "true")["erasures_since"]; fmt.Sprint(got) != "1" {
		t.Errorf("meta.build says %v erasures", got)
	}
	v, err := a.AuditVerify(t.Context())
	if err != nil || v.Broken != nil {
		t.Errorf("audit log: %+v %v", v.Broken, err)
	}
	list, err := a.Audit(t.Context(), AuditQuestion{Kind: string(audit.Erasure)})
	if err != nil || len(list) != 1 || list[0].Say != "request 1" || list[0].By != "officer" {
		t.Errorf("audit log: %v, %v", list, err)
	}
}

// mustCounts sums what the ledger counts.
func (a *App) mustCounts(t *testing.T) (sum pipeline.Counts) {
	t.Helper()
	for _, f := range a.mustFiles(t) {
		sum = sum.Add(f.Counts)
	}
	return sum
}

func (a *App) mustFiles(t *testing.T) []pipeline.FileRecord {
	t.Helper()
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	files, err := book.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// mustBalance wants every delivery's rows to be accounted for, the snapshots to
// hold as many as the ledger says, and so many to be erased.
func (a *App) mustBalance(t *testing.T, erased int64) {
	t.Helper()
	sum := int64(0)
	for _, f := range a.mustFiles(t) {
		sum += f.Counts.Erased
		if !f.Counts.Balanced() {
			t.Errorf("%s: %+v", f.Name, f.Counts)
		}
		for path, want := range map[string]int64{f.Path: f.Counts.Accepted, f.Quarantine: f.Counts.Quarantined} {
			if path == "" {
				continue
			}
			table, err := snapshot.Read(filepath.Join(a.lake(), filepath.FromSlash(path)))
			if err != nil || int64(len(table.Rows)) != want {
				t.Errorf("%s holds %d rows, the ledger says %d, %v", path, len(table.Rows), want, err)
			}
		}
	}
	if sum != erased {
		t.Errorf("%d rows were erased, want %d", sum, erased)
	}
}

// TestForgetIsFinishedAfterAKill stops an erasure after each of its files, in
// a copy of the place, and finishes it.
func TestForgetIsFinishedAfterAKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a night and several erasures")
	}
	p, a := goneLists(t)
	book, err := a.openLedger()
	if err != nil {
		t.Fatal(err)
	}
	f := &forgetting{App: a, book: book}
	if _, err := f.begin(t.Context(), ForgetOptions{Numbers: erase.Numbers{Clients: []string{goneClient}}, By: "officer", Reason: "r"}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.journal.Write(a.erasureJournal()), book.Close()); err != nil {
		t.Fatal(err)
	}
	files := len(f.journal.Found.Files)
	if files != 4 {
		t.Fatalf("%d files hold the person", files)
	}
	for cut := range files + 1 {
		t.Run(fmt.Sprint("after ", cut), func(t *testing.T) {
			t.Parallel()
			b := killedAfter(t, p, cut)
			if _, err := b.Run(t.Context(), RunOptions{Trigger: "test"}); err == nil || !strings.Contains(err.Error(), "--resume") {
				t.Errorf("a night over a half erased person: %v", err)
			}
			if _, err := b.Forget(t.Context(), ForgetOptions{Numbers: erase.Numbers{Clients: []string{"1234567"}}}); !errors.Is(err, pipeline.ErrUsage) {
				t.Errorf("another erasure in between: %v", err)
			}
			done, err := b.Forget(t.Context(), ForgetOptions{})
			if err != nil || !done.Resumed || len(done.Proof.Hits) > 0 || done.Erasures != 1 {
				t.Fatalf("%+v, %v", done, err)
			}
			if left := bytesWithGone(t, b.cfg.Folders.Data); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			b.mustBalance(t, 5)
		})
	}
}

// killedAfter copies a place with the journal of an erasure and carries out
// what comes before the end of the given file.
func killedAfter(t *testing.T, p *place, cut int) *App {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil && !strings.Contains(err.Error(), "current") {
		t.Fatal(err)
	}
	b, err := Open(Options{ConfigPath: filepath.Join(dir, "nightjar.yaml"), Version: "test", Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}})
	if err != nil {
		t.Fatal(err)
	}
	book, err := b.openLedger()
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	f := &forgetting{App: b, book: book}
	if resumed, err := f.begin(t.Context(), ForgetOptions{}); err != nil || !resumed {
		t.Fatal(resumed, err)
	}
	key, err := f.erasureKey(true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Forget(t.Context(), f.ledgerPart(key)); err != nil {
		t.Fatal(err)
	}
	unpacked := filepath.Join(b.work(), "erasing-1") // as a kill leaves it
	if err := errors.Join(os.MkdirAll(unpacked, 0o700), os.WriteFile(filepath.Join(unpacked, "list"), []byte(goneUPN), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, file := range f.journal.Found.Files[:cut] {
		if _, err := erase.Originals(t.Context(), b.archive(), b.work(), file, &f.journal.Found.Person); err != nil {
			t.Fatal(err)
		}
		if _, err := erase.Rewrite(b.lake(), file); err != nil {
			t.Fatal(err)
		}
	}
	return b
}
