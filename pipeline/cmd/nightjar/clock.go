package main

// #include <time.h>
import "C"

import "time"

// wallClock tells the time that the C library tells. Go asks the kernel past
// it, and would so be the one program on a machine that a clock library
// (libfaketime and its like) cannot put into another night. What a clock
// change does to a slot can be tried on the real program that way.
type wallClock struct{}

// Now implements pipeline.Clock. Where both agree it is Go's own time, which
// also measures right how long something took while the clock is moved.
func (wallClock) Now() time.Time {
	var ts C.struct_timespec
	now := time.Now()
	if C.clock_gettime(C.CLOCK_REALTIME, &ts) != 0 {
		return now
	}
	told := time.Unix(int64(ts.tv_sec), int64(ts.tv_nsec))
	if told.Sub(now).Abs() < time.Second {
		return now
	}
	return told
}
