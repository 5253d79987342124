package matching

// longest name that is compared letter by letter; what is beyond it is cut.
const longestName = 40

// within tells whether b comes from a by at most limit edits: a letter more,
// a letter less, another letter, or two neighbours exchanged.
func within(a, b string, limit int) bool {
	a, b = a[:min(len(a), longestName)], b[:min(len(b), longestName)]
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return false
	}
	return edits(a, b) <= limit
}

// edits counts them (restricted Damerau–Levenshtein, over bytes: folded names
// are plain capitals, and other scripts differ by whole runs of bytes).
func edits(a, b string) int {
	var rows [3][longestName + 1]int
	before, last, now := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			best := min(now[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				best = min(best, before[j-2]+1)
			}
			now[j] = best
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}

// jaroWinkler returns the similarity of two names between 0 and 1, which a
// common beginning raises.
func jaroWinkler(a, b string) float64 {
	a, b = a[:min(len(a), longestName)], b[:min(len(b), longestName)]
	if a == b {
		return 1
	}
	common, moved := commonLetters(a, b)
	if common == 0 {
		return 0
	}
	m := float64(common)
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(moved)/2)/m) / 3
	prefix := 0
	for prefix < min(4, len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// commonLetters counts the letters that both names have in about the same
// place, and how many of these stand in another order.
func commonLetters(a, b string) (common, moved int) {
	reach := max(len(a), len(b))/2 - 1
	var inA, inB [longestName]bool
	for i := range len(a) {
		for j := max(0, i-reach); j < min(len(b), i+reach+1); j++ {
			if !inB[j] && a[i] == b[j] {
				inA[i], inB[j] = true, true
				common++
				break
			}
		}
	}
	j := 0
	for i := range len(a) {
		if !inA[i] {
			continue
		}
		for !inB[j] {
			j++
		}
		if a[i] != b[j] {
			moved++
		}
		j++
	}
	return common, moved
}
