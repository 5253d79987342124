package sample

import (
	"hash/fnv"
	"math/rand/v2"
)

// chance draws everything that is left to chance in the sample. Each part of
// the generator has a chance of its own, so that a change in one part leaves
// the others as they were.
type chance struct{ *rand.Rand }

func newChance(seed uint64, part string) chance {
	h := fnv.New64a()
	_, _ = h.Write([]byte(part)) // a hash never fails
	return chance{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// in reports true n times out of of.
func (c chance) in(n, of int) bool { return c.IntN(of) < n }

// between returns a number from lo to hi, both included.
func (c chance) between(lo, hi int) int {
	if hi <= lo {
		return lo
	}
	return lo + c.IntN(hi-lo+1)
}

// weighted returns an index with a probability in proportion to its weight.
func (c chance) weighted(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := c.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// mix spreads a number over 64 bits; it gives a person a lasting trait
// without storing it.
func mix(a, b uint64) uint64 {
	x := a*0x9e3779b97f4a7c15 + b*0xbf58476d1ce4e5b9 + 0x94d049bb133111eb
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
