package sources

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/tabular"
)

// failing is a table whose disk fails after so many rows.
type failing struct {
	tabular.Rows
	after int
}

var errDisk = errors.New("input/output error")

func (f *failing) Next() (tabular.Record, error) {
	if f.after--; f.after < 0 {
		return tabular.Record{}, errDisk
	}
	return f.Rows.Next()
}

// failingFile is a file of such tables.
type failingFile struct {
	tabular.File
	after int
}

func (f failingFile) Rows(sheet string) (tabular.Rows, error) {
	rows, err := f.File.Rows(sheet)
	return &failing{rows, f.after}, err
}

// TestAFailingDiskLoadsNothing: whether the disk fails in the header, among
// the rows that are searched for it or far below, nothing of the list is
// shown, nothing is left behind and it is tried again.
func TestAFailingDiskLoadsNothing(t *testing.T) {
	t.Parallel()
	path := handIn(t, "caseload", "extract.csv", caseloadCSV(3000)).Path
	for _, after := range []int{0, 1, 50, 101, 1500, 2999} {
		l := testLoader(t)
		a := arrivalOf(t, "caseload", "careerconnect", path)
		file, err := tabular.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		job := &load{loader: l, dataset: l.datasets["caseload"], arrival: a, progress: pipeline.NoProgress{}}
		err = job.rows(context.Background(), failingFile{file, after})
		job.abort()
		if !errors.Is(err, pipeline.ErrNotReady) || !strings.Contains(err.Error(), "tried again") {
			t.Errorf("after %d rows: %v", after, err)
		}
		if _, err := file.Close(); err != nil {
			t.Error(err)
		}
		if left := leftovers(t, l.opts.Lake); left != "" {
			t.Errorf("after %d rows: left behind %s", after, left)
		}
	}
}

// TestALineWithoutEnd streams through a file of one endless line (holes on the
// disk, so that it costs no room): it is one refused record, in bounded memory.
func TestALineWithoutEnd(t *testing.T) {
	t.Parallel()
	size := int64(64 << 20)
	if os.Getenv("NIGHTJAR_LONG") != "" {
		size = 5 << 30
	}
	a := handIn(t, "college_starters", "list.csv", "Forename,Surname,DOB,StartDate\nAmira,Okafor,14/02/2005,06/09/2021\n")
	f, err := os.OpenFile(a.Path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(strings.Repeat("x", 1000)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		t.Fatal(err)
	}
	a = arrivalOf(t, "college_starters", "school", a.Path)
	l := testLoader(t, func(o *LoaderOptions) { o.Limits = map[string]float64{"college_starters": 1} })
	rec, err := l.Load(context.Background(), a, pipeline.NoProgress{})
	if err != nil || rec.Counts.Accepted != 1 || rec.Counts.Quarantined != 1 {
		t.Fatalf("%+v, %v", rec.Counts, err)
	}
	if text := tableText(t, l.opts.Lake, rec.Quarantine); !strings.Contains(text, "long_record") {
		t.Errorf("quarantine: %.300s", text)
	}
}
