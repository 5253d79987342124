package matching

import (
	"fmt"
	"runtime"
)

// Options are the thresholds, in bits, and the limits of the work.
type Options struct {
	Accept      float64 // a candidate is linked from here on
	AcceptExact float64 // the same where family name, first name and birth date are exact
	Review      float64 // a candidate is shown to a reviewer from here on
	Margin      float64 // the best must be better than the second best by so much
	MarginExact float64 // the same where names and birth date are exact, and are not for the second best
	MaxBlock    int     // keys that more people share are passed over
	Workers     int     // 0: one per processor
}

// DefaultOptions returns the thresholds that the benchmark's curve recommends.
func DefaultOptions() Options {
	return Options{Accept: 6, AcceptExact: 3, Review: 0, Margin: 5, MarginExact: 3, MaxBlock: 2000}
}

// accept returns the score from which a candidate with this reason is linked.
func (o Options) accept(r Rule) float64 {
	if r == ByNameBirthDate {
		return o.AcceptExact
	}
	return o.Accept
}

// margin returns by how much the best candidate must be better than the second.
func (o Options) margin(best, second Rule) float64 {
	if best == ByNameBirthDate && second != ByNameBirthDate {
		return o.MarginExact
	}
	return o.Margin
}

func (o Options) checked() (Options, error) {
	if o.Review > min(o.Accept, o.AcceptExact) {
		return o, fmt.Errorf("matching: the review threshold lies above the accept threshold; set review_bits to at most accept_bits")
	}
	if o.Margin < 0 || o.MarginExact < 0 || o.MaxBlock < 1 {
		return o, fmt.Errorf("matching: the margin must not be negative and a block must hold at least one person")
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o, nil
}
