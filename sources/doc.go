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
//     from the file's own times, which copying and unpacking rewrite. A web
//     server's Last-Modified is told to the ledger when the list is fetched.
//   - What cannot be known is not guessed. A file whose manifest row cannot be
//     read, or that has two, waits until the row is mended, because a snapshot
//     under the wrong date stays wrong.
//   - Archive takes a file away only once its very bytes are safe elsewhere,
//     and only if they are still the ones that were loaded.
//   - Every call may be cut short, by its context or by kill -9, and called
//     again.
//
// pipelinetest.SourceSuite is these promises as tests. Lists that lie on
// servers and in databases land in a drop folder of their own (package remote),
// and placetest.Suite is run over every kind of place, this one included.
//
// # To add a kind of source
//
// A place that others keep implements remote.Remote in a package of its own; see
// there. Anything else is a type that implements pipeline.Source, with
// pipelinetest.SourceSuite run over it, wired in pipeline/app. A source knows
// package pipeline and never another source.
package sources
