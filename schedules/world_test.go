package schedules

import (
	"context"
	"errors"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"nightjar/pipeline"
)

// TestMain fixes the seed of the property tests, so that the same tree gives
// the same verdict every time; NIGHTJAR_LONG draws a new one. -rapid.seed and
// RAPID_SEED go before both.
func TestMain(m *testing.M) {
	flag.Parse()
	if seed := flag.Lookup("rapid.seed"); os.Getenv("NIGHTJAR_LONG") == "" && seed.Value.String() == "0" {
		_ = seed.Value.Set("20261025") // a number is never refused
	}
	goleak.VerifyTestMain(m)
}

// store is a slot ledger in memory that outlives schedulers. It is as strict
// as the real one: a claim always says started, an end needs a claim.
type store struct {
	mu    sync.Mutex
	slots map[slotKey]pipeline.SlotRecord
	fail  error // every call fails
	limit int   // writes until fail is set to errDisk; 0 means no limit
	lossy bool  // the next claim is written, but reports an error
}

var errDisk = errors.New("no space left on device")

func newStore() *store { return &store{slots: map[slotKey]pipeline.SlotRecord{}} }

func (s *store) wrote() {
	if s.limit > 0 {
		if s.limit--; s.limit == 0 {
			s.fail = errDisk
		}
	}
}

func (s *store) ClaimSlot(_ context.Context, r pipeline.SlotRecord) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return false, s.fail
	}
	if _, taken := s.slots[keyOf(r)]; taken {
		return false, nil
	}
	r.State = pipeline.RunStarted
	s.slots[keyOf(r)] = r
	s.wrote()
	if s.lossy {
		s.lossy = false
		return false, errDisk
	}
	return true, nil
}

func (s *store) EndSlot(_ context.Context, r pipeline.SlotRecord) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if _, ok := s.slots[keyOf(r)]; !ok {
		return errors.New("end of a slot that was never claimed")
	}
	s.slots[keyOf(r)] = r
	s.wrote()
	return nil
}

func (s *store) Slots(_ context.Context, limit int) ([]pipeline.SlotRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return nil, s.fail
	}
	list := slices.SortedFunc(maps.Values(s.slots), func(a, b pipeline.SlotRecord) int { return b.Instant.Compare(a.Instant) })
	if limit > 0 && limit < len(list) {
		list = list[:limit]
	}
	return list, nil
}

func (s *store) broken(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *store) get(job, nominal string) pipeline.SlotRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.slots[slotKey{job, nominal}]
}

// states lists "nominal state" of a job in order.
func (s *store) states(job string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for k, r := range s.slots {
		if k.job == job {
			out = append(out, strings.TrimPrefix(k.nominal, "2026-")+" "+string(r.State))
		}
	}
	slices.Sort(out)
	return out
}

// mortal is a process's view of the store; after its death nothing it does
// reaches the disk.
type mortal struct {
	*store
	mu   sync.Mutex
	dead bool
}

func (m *mortal) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errors.New("killed")
	}
	return nil
}

func (m *mortal) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
}

func (m *mortal) ClaimSlot(ctx context.Context, r pipeline.SlotRecord) (bool, error) {
	if err := m.alive(); err != nil {
		return false, err
	}
	return m.store.ClaimSlot(ctx, r)
}

func (m *mortal) EndSlot(ctx context.Context, r pipeline.SlotRecord) error {
	if err := m.alive(); err != nil {
		return err
	}
	return m.store.EndSlot(ctx, r)
}

// mind is a Memory in memory.
type mind struct {
	mu   sync.Mutex
	jobs map[string]remembered
}

func (m *mind) InForce(_ context.Context, forms map[string]string, now time.Time) (map[string]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, since := rememberForms(m.jobs, forms, now)
	m.jobs = next
	return since, nil
}

// ran is a run that began.
type ran struct {
	key  slotKey
	wall time.Time
}

// world is a machine: a wall clock that can be moved, a disk, and what ran.
// It lives in a bubble of synctest, so that its time costs nothing.
type world struct {
	t      testing.TB
	disk   *store
	mind   *mind
	jobs   []Job
	mu     sync.Mutex
	ahead  time.Duration // of the wall over the bubble's clock
	ran    []ran
	effect map[slotKey]int                                  // completed runs
	work   func(ctx context.Context, job Job, s Slot) error // nil: done at once
	grace  time.Duration
	worth  func(error) bool
	jitter func() float64
}

// bubble runs f in a world whose wall shows start.
func bubble(t *testing.T, start string, jobs []Job, f func(w *world)) {
	t.Helper()
	begin := at(t, start)
	synctest.Test(t, func(t *testing.T) {
		f(&world{
			t: t, disk: newStore(), mind: &mind{}, jobs: jobs, effect: map[slotKey]int{},
			ahead: time.Until(begin), grace: time.Hour,
			jitter: func() float64 { return 0 },
		})
	})
}

// Now implements pipeline.Clock.
func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// move turns the wall clock: a step, or a suspend when forward, because timers
// do not run while a machine sleeps.
func (w *world) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

// run is the RunFunc of the world.
func (w *world) run(ctx context.Context, job Job, slot Slot) (string, error) {
	key := slotKey{job.Name, slot.Nominal.String()}
	now := w.Now()
	w.mu.Lock()
	w.ran = append(w.ran, ran{key, now})
	work := w.work
	w.mu.Unlock()
	if work != nil {
		if err := work(ctx, job, slot); err != nil {
			return "", err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.effect[key]++
	return "run-" + slot.Nominal.String(), nil
}

// scheduler returns one over the world's disk, started.
func (w *world) scheduler() *Scheduler {
	w.t.Helper()
	return w.schedulerOver(w.disk)
}

func (w *world) schedulerOver(l pipeline.SlotLedger) *Scheduler {
	w.t.Helper()
	s := w.fresh(l)
	if err := s.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	<-s.Started()
	return s
}

func (w *world) fresh(l pipeline.SlotLedger) *Scheduler {
	w.t.Helper()
	s, err := New(Options{
		Jobs: w.jobs, Run: w.run, Ledger: l, Memory: w.mind, Clock: w, Worth: w.worth, Grace: w.grace,
		Jitter: w.jitter,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// does sets the work while a scheduler is alive.
func (w *world) does(work func(context.Context, Job, Slot) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.work = work
}

// rest lets time pass and everything that it brings about happen.
func (w *world) rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (w *world) stop(s *Scheduler) {
	w.t.Helper()
	if err := s.Stop(w.t.Context()); err != nil {
		w.t.Errorf("stop: %v", err)
	}
}

// runs lists "job nominal" of what began, in order, without the year.
func (w *world) runs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]string, 0, len(w.ran))
	for _, r := range w.ran {
		out = append(out, r.key.job+" "+strings.TrimPrefix(r.key.nominal, "2026-"))
	}
	return out
}

// sleepOr is work that takes a while and obeys its context.
func sleepOr(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func same(t testing.TB, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}
