package config

import "testing"

func TestMemoryBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"250MB": 250e6, "1 GiB": 1 << 30, "1.5GB": 1.5e9, "64KiB": 64 << 10} {
		if got := (Warehouse{MemoryLimit: text}).MemoryBytes(); got != want {
			t.Errorf("%s is %d bytes, want %d", text, got, want)
		}
		if !size.MatchString(text) {
			t.Errorf("%s is refused by validation", text)
		}
	}
}
