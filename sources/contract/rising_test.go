package contract

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"nightjar/pipeline"
	"nightjar/sources/snapshot"
)

// TestRisingJudgesAsTheStoreDoes gives lists, whose keys rise for a while or
// to the end, to one that watches the order and to one that asks the store of
// every row. Records in several rows, repeats and rows without a key are among
// them. They must say the same of each row.
func TestRisingJudgesAsTheStoreDoes(t *testing.T) {
	t.Parallel()
	columns := []pipeline.Stored{{Name: "day", Type: "DATE", Nullable: true}, {Name: "id", Type: "VARCHAR", Nullable: true}, {Name: "rest", Type: "VARCHAR"}, {Name: "free", Type: "VARCHAR"}}
	for _, falls := range []int{0, 1, 100, 5000, 9000} { // the row that comes too late; 0: none
		folder := filepath.Join(t.TempDir(), "work")
		b := snapshot.NewBatch(columns)
		twin := func() *repeats {
			return &repeats{
				key: b.Columns[:2], rest: b.Columns[2:3], free: b.Columns[3:], store: newHashStore(folder),
				hashers: [2]snapshot.Hasher{snapshot.NewHasher(), snapshot.NewHasher()},
			}
		}
		watching, asking := twin(), twin()
		asking.rising.over = true
		rng := rand.New(rand.NewPCG(uint64(falls), 1))
		refused, id := 0, 0
		for i := range 10_000 {
			id += rng.IntN(3)
			this := id
			if falls > 0 && i >= falls && rng.IntN(4) == 0 {
				this = rng.IntN(id + 1)
			}
			b.Columns[0].SetDate(0, 18_000)
			b.Columns[1].SetText(0, fmt.Appendf(nil, "%08d", this))
			if rng.IntN(50) == 0 {
				b.Columns[0].SetNull(0)
				b.Columns[1].SetNull(0)
			}
			b.Columns[2].SetText(0, fmt.Append(nil, rng.IntN(20)/19))
			b.Columns[3].SetText(0, fmt.Append(nil, rng.IntN(4)))
			got, err := watching.seen(0)
			if err != nil {
				t.Fatal(err)
			}
			want, err := asking.seen(0)
			if err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Fatalf("order broken at %d, row %d: refused %v by the order, %v by the store", falls, i, got, want)
			}
			if want {
				refused++
			}
		}
		if watching.rising.over != (falls > 0) || (watching.rising.file != nil) != (falls == 0) {
			t.Errorf("order broken at %d: over %v, file %v", falls, watching.rising.over, watching.rising.file)
		}
		if refused < 500 || refused > 8000 {
			t.Errorf("%d rows refused: the lists prove little", refused)
		}
		for _, r := range []*repeats{watching, asking} {
			if err := r.close(); err != nil {
				t.Error(err)
			}
		}
		if left, _ := os.ReadDir(folder); len(left) > 0 {
			t.Errorf("%d scratch files left", len(left))
		}
	}
}

// TestRisingTellsOfAFullDisk: notes that cannot be written must not be lost.
func TestRisingTellsOfAFullDisk(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	var s rising
	var err error
	for range notesSize/storedSize + 1 {
		if err = s.note(file, hashKey{1, 2}, 3); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("no word of the folder that cannot be made")
	}
}
