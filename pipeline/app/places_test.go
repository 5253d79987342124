package app

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

// starters is a list of a college.
var starters = "Forename,Surname,DOB,Postcode,UPN,DfENo,StartDate,EndDate,GoalLevel,GoalDescription\n" +
	strings.Repeat("Ann,Example,15/01/2004,L20 1AA,,3438000,06/09/2021,,3,Engineering\n", 9) +
	"Bea,Example,16/01/2004,L20 1AA,,3438000,someday,,3,Engineering\n"

// withPlaces is an installation with a second folder, a web server and a
// database that does not answer.
func withPlaces(t *testing.T) *place {
	t.Helper()
	web := httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("ETag", `"1"`)
		http.ServeContent(out, r, "", time.Date(2021, 10, 29, 8, 0, 0, 0, time.UTC), strings.NewReader(starters))
	}))
	t.Cleanup(web.Close)
	p := mustPlace(t)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	share := filepath.Join(p.dir, "share", "college_starters", "north")
	if err := errors.Join(os.MkdirAll(share, 0o700), os.WriteFile(filepath.Join(p.dir, "ca.pem"), ca, 0o600),
		os.WriteFile(filepath.Join(p.dir, "hush"), []byte("hush\n"), 0o600),
		os.WriteFile(filepath.Join(share, "list.csv"), []byte(strings.Replace(starters, "Engineering", "Catering", 1)), 0o600),
		os.WriteFile(p.config(), []byte(placeConfig+fmt.Sprintf(`places:
  - name: share
    kind: folder
    folder: share
  - name: college
    kind: https
    ca_file: ca.pem
    bearer: {file: hush}
    lists:
      - {dataset: college_starters, provider: south, url: "%s/starters.csv"}
  - name: mis
    kind: sql
    engine: postgresql
    host: 127.0.0.1
    port: 1
    tls: none
    user: reader
    password: {file: hush}
    database: mis
    lists:
      - {dataset: caseload, provider: council, query: select 1 as a}
`, web.URL)), 0o600)); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) run(t *testing.T, o RunOptions) (*App, pipeline.RunReport, error) {
	t.Helper()
	a, err := Open(Options{ConfigPath: p.config(), Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o.Trigger = "test"
	rep, err := a.Run(t.Context(), o)
	return a, rep, err
}

func outcomes(rep pipeline.RunReport) string {
	var out []string
	for _, f := range rep.Files {
		out = append(out, fmt.Sprintf("%s %s %d=%d+%d", f.File, f.Outcome, f.Counts.Read, f.Counts.Accepted, f.Counts.Quarantined))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func TestNightOverPlaces(t *testing.T) {
	t.Parallel()
	p := withPlaces(t)
	const both = "college_starters/north/list.csv loaded 10=9+1; college_starters/south/starters.csv loaded 10=9+1"
	_, rep, err := p.run(t, RunOptions{DryRun: true})
	if !errors.Is(err, pipeline.ErrNotReady) || outcomes(rep) != both {
		t.Errorf("dry run: %v, %s", err, outcomes(rep))
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, "data", "landing", "*", "*")); len(left) > 0 {
		t.Errorf("a dry run leaves %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(p.dir, "data", "work", "dry-run-*")); len(left) > 0 {
		t.Errorf("a dry run leaves %v", left)
	}
	a, rep, err := p.run(t, RunOptions{})
	if !errors.Is(err, pipeline.ErrNotReady) || !strings.Contains(err.Error(), "place mis") || strings.Contains(err.Error(), "hush") {
		t.Errorf("error %v", err)
	}
	if outcomes(rep) != both || rep.State != pipeline.RunDone || rep.ExitCode != pipeline.ExitFailed || rep.Published == "" || len(rep.Waiting) != 1 {
		t.Errorf("state %s, exit %d, published %q, waiting %v: %s", rep.State, rep.ExitCode, rep.Published, rep.Waiting, outcomes(rep))
	}
	files, err := a.files(t.Context())
	if err != nil || len(files) != 2 || files[0].DeliveredOn.String() != "2021-10-29" || files[0].Provider != "south" {
		t.Errorf("deliveries %+v, %v", files, err)
	}
	if _, rep, _ = p.run(t, RunOptions{}); len(rep.Files) != 0 || rep.News {
		t.Errorf("a quiet night: %s", outcomes(rep))
	}
}

func TestPlacesAreChecked(t *testing.T) {
	t.Parallel()
	p := withPlaces(t)
	a, err := Open(Options{ConfigPath: p.config(), Clock: pipeline.SystemClock{}, Progress: pipeline.NoProgress{}, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	f := a.checkPlaces()
	if len(f.Problems) > 0 || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "ORDER BY") {
		t.Errorf("finding %+v", f)
	}
	if unit := a.Unit("/usr/bin/nightjar"); !strings.Contains(unit, filepath.Join(p.dir, "share")) {
		t.Error("the unit keeps the second folder from being written to")
	}
	found, err := a.ProbePlaces(t.Context())
	if err != nil || len(found) != 2 || len(found[0].Problems) != 0 || len(found[1].Problems) != 1 {
		t.Errorf("findings %+v, %v", found, err)
	}
	for _, name := range []string{"hush", "share"} {
		if err := os.RemoveAll(filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if f := a.checkPlaces(); len(f.Problems) != 3 {
		t.Errorf("without secret and folder: %+v", f)
	}
	// What cannot be asked costs its own lists and not the night.
	_, rep, err := p.run(t, RunOptions{DryRun: true})
	if err == nil || len(rep.Steps) == 0 || rep.Steps[0].State != pipeline.StepDone || len(rep.Waiting) != 3 {
		t.Errorf("error %v, report %+v", err, rep)
	}
}
