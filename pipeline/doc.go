// Package pipeline is the vocabulary of Nightjar and the story of a night.
//
// A night goes like this. The source lists the files that wait in the inbox.
// Each is hashed; bytes seen before are skipped. A loader reads a file as
// text and casts it by the one contract its dataset declares: every row is
// accepted, quarantined or blank, and the three always add up to the rows
// read. Accepted rows become an immutable Parquet snapshot, refused ones a
// quarantine file beside it; the ledger remembers the delivery, and only then
// is the file moved to the archive. The warehouse then builds every SQL model
// over all snapshots in a work file that nobody else sees, checks them, and
// the publisher writes the marts to a folder of their own and switches one
// link. Readers see last night's result or this one, never a mixture.
//
// A run is started; then it is done, failed, held (a check or --strict kept
// it from being published) or interrupted. Killed at any point, it can be run
// again with the same result: a snapshot is named by its content, a delivery
// is known by its hash, and what is published names what it was made of.
//
// Import rule: this package imports the standard library only. The rooms
// sources, transforms and schedules import it and never each other;
// pipeline/app knows everybody, and main knows only the app.
package pipeline
