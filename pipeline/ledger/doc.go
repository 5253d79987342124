// Package ledger is Nightjar's memory: which files were handed in, which runs
// and slots there were, and how each of them ended. It is one SQLite file in
// the data folder, ledger.sqlite, readable by its owner only.
//
// # Why SQLite and not the warehouse
//
// A DuckDB file that is being written cannot be opened by a second process,
// not even for reading. With SQLite in WAL mode readers never wait for the
// writer, so that status answers while a run is on. A commit costs one sync of
// one small file, so that "started" can be on the disk before the work starts,
// and a process killed at any point leaves a ledger that opens again. The
// warehouse can be rebuilt from the lake at any time; the ledger cannot, which
// is one more reason to keep it apart.
//
// # What it promises
//
// Every write is committed and synced (synchronous=FULL) before its call
// returns. The inbox copy of a list is removed as soon as its record is
// written; with the weaker setting a power cut could take back the record of a
// file that is already gone from the inbox. The one exception is FirstSeen
// (synchronous=NORMAL: safe from a killed process, not from a power cut),
// because a night may sight hundreds of files: the WAL is one sequence, so the
// next synced write makes all sightings before it durable too, and a file whose
// sighting a power cut took back has left no other trace either.
//
// Times are stored as UTC text with nine decimals, which time.RFC3339Nano
// reads and which sorts as text. The schema grows by numbered, additive
// migrations (schema.go); a ledger from a newer Nightjar is refused rather than
// guessed at.
//
// One process writes at a time: the holder of Lock. The ledger does not lean
// on that for its own soundness (first sightings and slot claims are single
// statements that the database decides), but BeginRun does: it takes every run
// it still finds started for a killed one.
package ledger
