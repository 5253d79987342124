package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
)

const tinyConfig = `authority: {la_code: "343"}
folders: {inbox: inbox, data: .}
inbox: {settle: 0s}
`

const caseloadHeader = "PeriodEnd,YoungPersonsID,CohortStatus,GivenName,FamilyName,DateOfBirth,LeadLEA,ActivityCode,StartDate,DateVerified\n"

// tiny writes an installation without lists and returns its configuration.
func tiny(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "inbox", "caseload", "connect"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "nightjar.yaml")
	if err := os.WriteFile(path, []byte(tinyConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// drop puts a caseload of n people for October 2021 into the inbox.
func drop(t *testing.T, config, name string, n int) {
	t.Helper()
	var b strings.Builder
	b.WriteString(caseloadHeader)
	for i := range n {
		fmt.Fprintf(&b, "31/10/2021,34300000%05d,P,Given,Family,14/02/2005,343,210,06/09/2021,30/09/2021\n", i)
	}
	path := filepath.Join(filepath.Dir(config), "inbox", "caseload", "connect", name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestASecondRunIsTurnedAwayByTheLock(t *testing.T) {
	t.Parallel()
	config := tiny(t)
	lock, err := ledger.Lock(filepath.Join(filepath.Dir(config), "run.lock"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Unlock() }()
	var out, errOut bytes.Buffer
	code := execute(t.Context(), []string{"run", "--config", config}, &out, &errOut)
	if code != pipeline.ExitLocked || !strings.Contains(errOut.String(), "another run holds the lock") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}

func TestAnInterruptedRunExits130(t *testing.T) {
	t.Parallel()
	config := tiny(t)
	drop(t, config, "october.csv", 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errOut bytes.Buffer
	if code := execute(ctx, []string{"run", "--config", config}, &out, &errOut); code != pipeline.ExitInterrupted {
		t.Errorf("exit %d\n%s%s", code, out.String(), errOut.String())
	}
}

// TestReadersAreNeverBlockedAndNeverSeeTwoNights lets four readers query the
// published file while new nights are published over it. Each night has its
// own number of people, and it stands in a mart and in meta.files: a reader
// that saw two nights at once would see two numbers.
func TestReadersAreNeverBlockedAndNeverSeeTwoNights(t *testing.T) {
	if testing.Short() {
		t.Skip("publishes several nights")
	}
	t.Parallel()
	config := tiny(t)
	nights := 6
	if os.Getenv("NIGHTJAR_LONG") != "" {
		nights = 20
	}
	publish := func(n int) {
		drop(t, config, fmt.Sprintf("night%02d.csv", n), n)
		var out, errOut bytes.Buffer
		if code := execute(t.Context(), []string{"run", "--config", config}, &out, &errOut); code != 0 {
			t.Fatalf("night %d: exit %d\n%s%s", n, code, out.String(), errOut.String())
		}
	}
	publish(1)
	var stop atomic.Bool
	var looks atomic.Int64
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for !stop.Load() {
				if err := lookOnce(filepath.Dir(config)); err != nil {
					t.Error(err)
					return
				}
				looks.Add(1)
			}
		})
	}
	for n := 2; n <= nights; n++ {
		publish(n)
	}
	stop.Store(true)
	readers.Wait()
	if looks.Load() < int64(nights) {
		t.Errorf("the readers looked only %d times", looks.Load())
	}
}

func lookOnce(dir string) error {
	folder, err := filepath.EvalSymlinks(filepath.Join(dir, "published", "current"))
	if err != nil {
		return err
	}
	db, err := sql.Open("duckdb", filepath.Join(folder, "nightjar.duckdb")+"?access_mode=read_only")
	if err != nil {
		return err
	}
	defer db.Close()
	var people, rows int64
	err = db.QueryRow(`select
		(select cohort_count from marts.neet_rates where age_band = '16-17' and basis = 'recorded'),
		(select max(rows_accepted) from meta.files)`).Scan(&people, &rows)
	if err != nil {
		return fmt.Errorf("a reader was turned away: %w", err)
	}
	var exported int64
	err = db.QueryRow("select cohort_count from read_parquet('" + filepath.Join(folder, "exports", "neet_rates.parquet") +
		"') where age_band = '16-17' and basis = 'recorded'").Scan(&exported)
	if err != nil {
		return fmt.Errorf("a reader of the export was turned away: %w", err)
	}
	if people != rows || exported != people {
		return fmt.Errorf("a reader saw two nights: %d people, %d rows, %d exported", people, rows, exported)
	}
	return nil
}
