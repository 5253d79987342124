package config

import (
	"math"
	"strconv"
	"strings"
)

// sizeUnits are the units in which a size may be written, longest first.
var sizeUnits = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
}

// MemoryBytes returns the memory limit in bytes.
func (w Warehouse) MemoryBytes() int64 {
	for _, u := range sizeUnits {
		if number, ok := strings.CutSuffix(w.MemoryLimit, u.name); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
			if err != nil {
				break
			}
			return int64(v * u.bytes)
		}
	}
	return math.MaxInt64 // no limit: validation refuses such a text
}
