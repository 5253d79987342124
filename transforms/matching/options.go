package matching

import (
	"fmt"
	"runtime"
)

// Options are the thresholds, in bits, and the limits of the work.
type Options struct {
	Accept   float64 // a candidate is linked from here on
	Review   float64 // a candidate is shown to a reviewer from here on
	Margin   float64 // the best must be better than the second best by so much
	MaxBlock int     // keys that more people share are passed over
	Workers  int     // 0: one per processor
}

// DefaultOptions returns the thresholds that the benchmark's curve recommends.
func DefaultOptions() Options {
	return Options{Accept: 6, Review: 0, Margin: 5, MaxBlock: 2000}
}

func (o Options) checked() (Options, error) {
	if o.Review > o.Accept {
		return o, fmt.Errorf("matching: the review threshold lies above the accept threshold; set review_bits to at most accept_bits")
	}
	if o.Margin < 0 || o.MaxBlock < 1 {
		return o, fmt.Errorf("matching: the margin must not be negative and a block must hold at least one person")
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o, nil
}
