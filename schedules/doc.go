// Package schedules decides when a night runs, and says why.
//
// A job is a cron expression in a time zone. A slot is one nominal local time
// of a job, such as 2026-10-25T01:30; that time, and not the instant, is its
// identity. Therefore the clock changes neither lose nor double a night: a
// time that the spring change jumps over runs at the first instant after the
// gap, a time that the autumn change shows twice runs at its first.
//
// The cron library only parses expressions and answers "what comes next" on a
// clock without a zone. Everything that makes a schedule trustworthy is here:
// the slot ledger is written before work starts, so a slot has one run across
// restarts and processes; the loop compares wall clocks at least every minute,
// so that a suspended machine and a corrected clock are noticed; what was
// missed is caught up as the job says, or recorded as missed with the reason.
//
// The reader's path: slot.go (nominal time and instant), expr.go and job.go
// (what a job may say), catchup.go (what to do about the past), scheduler.go
// and loop.go (the loop), explain.go, why.go and lint.go (what people ask).
package schedules
