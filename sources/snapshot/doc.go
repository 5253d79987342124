// Package snapshot writes lists to Parquet, the immutable form in which every
// later step reads them. A file is written beside its place, synced, read back
// and counted, and only then renamed into place: whoever sees it sees all of
// it. The same rows always give the same bytes.
package snapshot
