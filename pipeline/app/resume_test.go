package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"nightjar/pipeline"
)

// oneBuild is a warehouse that makes a file in the folder of its run.
type oneBuild struct {
	work string
	made *int
}

func (oneBuild) Fingerprint(pipeline.BuildInput) string { return "alike" }

func (o oneBuild) Build(_ context.Context, in pipeline.BuildInput, _ pipeline.Progress) (pipeline.Build, error) {
	*o.made++
	folder := filepath.Join(o.work, "build-"+in.RunID)
	if err := os.Mkdir(folder, 0o700); err != nil { // as the real one, it takes no folder that is there
		return pipeline.Build{}, err
	}
	file := filepath.Join(folder, "work.duckdb")
	return pipeline.Build{Input: in, Fingerprint: "alike", Path: file}, os.WriteFile(file, []byte("marts"), 0o600)
}

// A build that is taken up again is published with what was erased by now, and
// one whose file is gone is made anew instead of stopping the night.
func TestABuildIsTakenUpAgainAsItWouldBeMade(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		lost bool
		made int
	}{{"whole", false, 1}, {"its file is gone", true, 2}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			work, made := t.TempDir(), 0
			r := resuming{oneBuild{work, &made}, work, func(_ context.Context, in pipeline.BuildInput) (pipeline.BuildInput, error) {
				in.Erasures = []pipeline.Erasure{{ID: 1}}
				in.Removals = []pipeline.Removal{{What: pipeline.RemovedPeople}}
				return in, nil
			}}
			if _, err := r.Build(t.Context(), pipeline.BuildInput{RunID: "first"}, nil); err != nil {
				t.Fatal(err)
			}
			if err := keepFinished(work); err != nil {
				t.Fatal(err)
			}
			if c.lost {
				if err := os.Remove(filepath.Join(work, "finished-first", "work.duckdb")); err != nil {
					t.Fatal(err)
				}
			}
			b, err := r.Build(t.Context(), pipeline.BuildInput{RunID: "second"}, nil)
			if err != nil || made != c.made {
				t.Fatalf("made %d time(s), %v", made, err)
			}
			if _, err := os.Stat(b.Path); err != nil || b.Input.RunID != "second" {
				t.Errorf("build of %s, %v", b.Input.RunID, err)
			}
			if !c.lost && (b.MadeBy != "first" || len(b.Input.Erasures) != 1 || len(b.Input.Removals) != 1) {
				t.Errorf("made by %q, %d erasure(s), %d removal(s)", b.MadeBy, len(b.Input.Erasures), len(b.Input.Removals))
			}
		})
	}
}
