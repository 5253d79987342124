package contract

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestHashStoreRemembers asks a store whose tables are small for old and new
// keys in turns, so that most old ones stand in scratch files, and compares
// with a map.
func TestHashStoreRemembers(t *testing.T) {
	t.Parallel()
	for _, most := range []int{firstSlots, 2 * firstSlots, mostSlots} {
		folder := filepath.Join(t.TempDir(), "work")
		s := newHashStore(folder)
		s.most = most
		rng := rand.New(rand.NewPCG(1, uint64(most)))
		want := make(map[hashKey]uint64)
		var known []hashKey
		for i := range 60_000 {
			key := hashKey{rng.Uint64() | 1, rng.Uint64()}
			if len(known) > 0 && rng.IntN(3) == 0 {
				key = known[rng.IntN(len(known))]
			}
			word := uint64(i)
			was, seen, err := s.first(key, word)
			if err != nil {
				t.Fatal(err)
			}
			old, expected := want[key]
			if seen != expected || seen && was != old {
				t.Fatalf("table of %d, ask %d: %d, %v and should be %d, %v", most, i, was, seen, old, expected)
			}
			if !seen {
				want[key], known = word, append(known, key)
			}
		}
		if runs := len(s.runs); (runs > 3) != (most < 4*firstSlots) {
			t.Errorf("table of %d: %d scratch files", most, runs)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(folder); len(left) > 0 {
			t.Errorf("%d scratch files left", len(left))
		}
	}
}

// TestHashStoreTellsOfAFullDisk: a store that cannot write must not forget.
func TestHashStoreTellsOfAFullDisk(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	s := newHashStore(file)
	s.most = firstSlots
	rng := rand.New(rand.NewPCG(2, 2))
	var err error
	for range 2 * firstSlots {
		if _, _, err = s.first(hashKey{rng.Uint64(), rng.Uint64()}, 1); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("no word of the folder that cannot be made")
	}
}
