package pipelinetest_test

import (
	"sync"
	"testing"
	"time"

	"nightjar/pipeline/pipelinetest"
)

func TestMemoryLedger(t *testing.T) {
	t.Parallel()
	pipelinetest.LedgerSuite(t, func(*testing.T) pipelinetest.AnyLedger { return pipelinetest.NewLedger() })
}

func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2021, 10, 31, 0, 30, 0, 0, time.UTC)
	c := pipelinetest.NewClock(start)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { c.Advance(time.Minute); c.Now() })
	}
	wg.Wait()
	if got := c.Now(); !got.Equal(start.Add(10 * time.Minute)) {
		t.Errorf("after ten minutes the clock shows %v", got)
	}
	c.Set(start)
	if got := c.Now(); !got.Equal(start) {
		t.Errorf("set to %v the clock shows %v", start, got)
	}
}
