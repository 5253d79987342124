package sample

// wardTargets spreads the NEET targets of the month over the areas: by the
// number of people and how often an area's people are NEET, or as a published
// gap demands. The first index is the age, 16 to 18; older people have none.
func (s *simulation) wardTargets() [4][]int {
	cohorts := make([]int, len(s.geo.areas))
	var byAge [3][]int
	total := 0
	for slot := range byAge {
		byAge[slot] = make([]int, len(cohorts))
		for _, p := range s.members[slot] {
			if s.m > 0 && p.was[s.m-1] == custody { // stays there, outside the cohort
				continue
			}
			a := s.areaOf(p)
			cohorts[a]++
			byAge[slot][a]++
		}
		total += s.goal.ages[s.m][slot].neet
	}
	counts := s.spread(total, cohorts)
	var out [4][]int
	left := total
	for slot := range byAge {
		want := s.goal.ages[s.m][slot].neet
		if slot == 2 {
			out[slot] = counts
			break
		}
		share := make([]int, len(counts))
		for a, n := range counts {
			share[a] = n * want
		}
		out[slot] = apportion(want, share, counts)
		for a := range counts {
			counts[a] -= out[slot][a]
		}
		left -= want
	}
	return out
}

// spread returns how many of total are NEET in each area.
func (s *simulation) spread(total int, cohorts []int) []int {
	weights := make([]int, len(cohorts))
	limit := make([]int, len(cohorts))
	for a, n := range cohorts {
		weights[a] = n * s.geo.areas[a].neetWeight
		limit[a] = n
	}
	g, ok := s.goal.gaps[s.m]
	if !ok {
		return apportion(total, weights, limit)
	}
	// The outside and unknown areas are not wards: their weights stay.
	high, low := bestGap(g, total, cohorts, weights)
	weights[g.highest], weights[g.lowest] = 0, 0
	for a, n := range cohorts {
		if a != s.geo.outside && a != s.geo.unknown {
			limit[a] = (high*n - 1) / cohorts[g.highest] // strictly below the highest rate
		}
	}
	counts := apportion(total-high-low, weights, limit)
	s.raise(counts, cohorts, g, low)
	counts[g.highest], counts[g.lowest] = high, low
	return counts
}

// raise lifts every ward above the rate of the lowest one; the people come
// from the ward with most of them.
func (s *simulation) raise(counts, cohorts []int, g gap, low int) {
	for a, n := range cohorts {
		if a == g.highest || a == g.lowest || a == s.geo.outside || a == s.geo.unknown {
			continue
		}
		for counts[a]*cohorts[g.lowest] <= low*n {
			most := a
			for b := range counts {
				if counts[b] > counts[most] {
					most = b
				}
			}
			counts[most]--
			counts[a]++
		}
	}
}

// bestGap finds the two counts whose rates lie the given gap apart, as near
// as can be to what the weights alone would give.
func bestGap(g gap, total int, cohorts, weights []int) (high, low int) {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	wish := total * weights[g.highest] / sum
	ch, cl := cohorts[g.highest], cohorts[g.lowest]
	best := 1 << 30
	for h := range ch {
		for l := 1; l < cl/10; l++ {
			// hundredfold tenths of a point, so that whole numbers decide
			diff := 100000*h/ch - 100000*l/cl - 100*g.tenths
			if diff < -30 || diff > 30 {
				continue
			}
			mean := total * cl / max(1, sumOf(cohorts))
			if cost := abs(h-wish) + 2*abs(l-mean*36/100); cost < best {
				best, high, low = cost, h, l
			}
		}
	}
	return high, low
}

// apportion divides total in proportion to weights, whole numbers, largest
// remainders first, no part above its limit.
func apportion(total int, weights, limit []int) []int {
	out := make([]int, len(weights))
	sum := sumOf(weights)
	if sum == 0 {
		return out
	}
	rest := make([]int, len(weights))
	given := 0
	for i, w := range weights {
		out[i] = min(total*w/sum, limit[i])
		rest[i] = total * w % sum
		given += out[i]
	}
	for given < total {
		best := -1
		for i := range rest {
			if weights[i] > 0 && out[i] < limit[i] && (best < 0 || rest[i] > rest[best]) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		out[best]++
		rest[best] -= sum
		given++
	}
	return out
}

func sumOf(list []int) int {
	sum := 0
	for _, n := range list {
		sum += n
	}
	return sum
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
