package snapshot

import "encoding/binary"

// appendHybrid appends numbers of so many bits in the hybrid of runs and
// packed groups that Parquet has for levels and for places in a dictionary.
// A run is worth it from eight equal numbers on.
func appendHybrid[T uint8 | uint32](dst []byte, numbers []T, width int) []byte {
	const group = 8
	for i := 0; i < len(numbers); {
		if n := runLength(numbers[i:]); n >= group {
			dst = binary.AppendUvarint(dst, uint64(n)<<1)
			for b := 0; b < width; b += 8 {
				dst = append(dst, byte(uint64(numbers[i])>>b))
			}
			i += n
			continue
		}
		from := i
		for i < len(numbers) {
			i = min(i+group, len(numbers))
			if len(numbers)-i >= group && allEqual(numbers[i:i+group]) {
				break
			}
		}
		groups := (i - from + group - 1) / group
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		dst = appendPacked(dst, numbers[from:i], width, groups*width)
	}
	return dst
}

func runLength[T uint8 | uint32](numbers []T) int {
	n := 1
	for n < len(numbers) && numbers[n] == numbers[0] {
		n++
	}
	return n
}

func allEqual[T uint8 | uint32](numbers []T) bool {
	for _, x := range numbers[1:] {
		if x != numbers[0] {
			return false
		}
	}
	return true
}

// appendPacked appends the low bits of each number, the first in the lowest
// place, filled up with zeros to so many bytes.
func appendPacked[T uint8 | uint32](dst []byte, numbers []T, width, size int) []byte {
	end := len(dst) + size
	var word uint64
	held := 0
	for _, x := range numbers {
		word |= uint64(x) << held
		for held += width; held >= 8; held -= 8 {
			dst = append(dst, byte(word))
			word >>= 8
		}
	}
	if held > 0 {
		dst = append(dst, byte(word))
	}
	for len(dst) < end {
		dst = append(dst, 0)
	}
	return dst
}
