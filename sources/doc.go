// Package sources gets the lists in: it finds what was handed in, keeps the
// bytes, and turns each file into an immutable Parquet snapshot.
//
// # What every source promises
//
//   - It shows a file only when the file is whole. What is still growing, cannot
//     be opened or has vanished is reported as an Issue, with what to do, and
//     shown by a later call; it is never an error of the whole night.
//   - Looking changes nothing but the ledger's first sightings: the same place
//     looked at twice gives the same arrivals with the same delivery times.
//   - The time of a delivery comes from the manifest or from the ledger, never
//     from the file's own times, which copying and unpacking rewrite.
//   - What cannot be known is not guessed. A file whose manifest row cannot be
//     read, or that has two, waits until the row is mended, because a snapshot
//     under the wrong date stays wrong.
//   - Archive takes a file away only once its very bytes are safe elsewhere,
//     and only if they are still the ones that were loaded.
//   - Every call may be cut short, by its context or by kill -9, and called
//     again.
//
// pipelinetest.SourceSuite is these promises as tests.
//
// # To add a kind of source
//
// Write one file with a type that implements pipeline.Source, run
// pipelinetest.SourceSuite over it, and wire it in pipeline/app. A source
// knows package pipeline and never another source.
package sources
