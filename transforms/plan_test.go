package transforms

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"nightjar/pipeline"
)

func planModel(relation string, reads ...string) Model {
	layer, name, _ := strings.Cut(relation, ".")
	return Model{Layer: layer, Name: name, Reads: reads}
}

// TestPlanTellsWhatIsUnread goes through a build by one lane and looks when
// each table may go: not before what reads it through a view is made. A mart
// goes too: by then it is saved.
func TestPlanTellsWhatIsUnread(t *testing.T) {
	t.Parallel()
	view := planModel("staging.narrow", "staging.wide")
	view.View = true
	models := []Model{
		planModel("staging.wide", "raw.wide"),
		view,
		planModel("intermediate.links", "matched.links", "staging.wide"),
		planModel("intermediate.unread", "raw.wide"),
		planModel("marts.counts", "staging.narrow", "intermediate.links"),
		planModel("restricted.list", "marts.counts", "matched.links"),
	}
	checks := []CheckFile{{Reads: []string{"intermediate.links"}}, {Reads: []string{"marts.counts"}}}
	p := newPlan(models, checks)
	var got [][]string
	var order []int
	for at, ok := p.next(); ok; at, ok = p.next() {
		order = append(order, at)
		got = append(got, p.done(at))
	}
	if want := []int{0, 1, 2, 6, 3, 4, 7, 5}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	want := [][]string{nil, nil, nil, nil, {"intermediate.unread"}, {"intermediate.links", "staging.wide"}, nil, {"marts.counts", "matched.links", "restricted.list"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("unread %v, want %v", got, want)
	}
}

// TestStepOutOfMemoryIsMadeAlone lets a step fail while another is at work.
func TestStepOutOfMemoryIsMadeAlone(t *testing.T) {
	t.Parallel()
	errMemory := errors.New("model marts.b (sql/marts/b.sql): Out of Memory Error: could not allocate block")
	cases := map[string]struct {
		failures int32
		want     error
	}{
		"enough memory alone": {1, nil},
		"too little anyhow":   {2, errMemory},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := openSession(t.Context(), sessionOptions{threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b := &builder{session: s, progress: pipeline.NoProgress{}}
			models := []Model{planModel("marts.a"), planModel("marts.b"), planModel("marts.c", "marts.b"), planModel("marts.d")}
			var atWork, tries atomic.Int32
			began := make(chan struct{})
			err = b.follow(t.Context(), newPlan(models, nil), func(_ context.Context, _ *session, at int) error {
				beside := atWork.Add(1) - 1
				defer atWork.Add(-1)
				switch {
				case at == 0:
					<-began // still at work when the other fails
				case at == 1 && tries.Add(1) == 1:
					defer close(began)
					return errMemory
				case at == 1 && beside > 0:
					t.Error("the second try is not alone")
				}
				if at == 1 && tries.Load() <= c.failures {
					return errMemory
				}
				return nil
			})
			if !errors.Is(err, c.want) || tries.Load() != 2 {
				t.Errorf("got %v after %d tries, want %v after 2", err, tries.Load(), c.want)
			}
		})
	}
}

// TestOtherErrorsAreFinal wants no second try where memory is not the trouble.
func TestOtherErrorsAreFinal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file("marts/broken.sql", "-- B.\n-- grain: n\n-- column n: N.\nselect cast(client_id as bigint) as n from staging.stg_things")
	if got := w.buildError(); !strings.Contains(got, "Conversion Error") {
		t.Errorf("got %q", got)
	}
	for _, text := range []string{"Binder Error: no Memory", "context canceled"} {
		if outOfMemory(errors.New(text)) {
			t.Errorf("%q is taken for want of memory", text)
		}
	}
}

// TestBuildDropsWhatNobodyReads looks into the work file's session after the
// models: nothing is left that a model made.
func TestBuildDropsWhatNobodyReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.sessionAfter(func(ctx context.Context, b *builder) error {
		b.out.Path = filepath.Join(w.dir, workFile)
		return errors.Join(b.openWork(ctx), b.modelsAndChecks(ctx))
	})
	res, err := s.query(t.Context(), "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'memory' AND schema_name IN ('staging', 'intermediate', 'marts', 'restricted')")
	w.must(err)
	if len(res.Rows) > 0 {
		t.Errorf("left %v", res.Rows)
	}
}
