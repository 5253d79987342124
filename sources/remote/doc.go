// Package remote takes lists from places that others keep: servers and
// databases. A Place fetches what is new into a landing folder of its own and
// from there on it goes the way of the drop folder: manifest, hash, ledger,
// archive.
//
// # What every place promises, beside what package sources promises
//
//   - Nothing is ever written to a place or removed from it.
//   - A list is fetched aside, synced and read back before it gets its name in
//     the landing folder; one whose line broke is fetched further where the
//     place can do so, or again, and never shown in part.
//   - What has been taken is remembered with what the place said of it (size
//     and time, ETag), so that a quiet night fetches nothing. The memory saves
//     time and decides nothing: without it everything is fetched once more, and
//     the ledger knows the bytes.
//   - A place that cannot be reached costs its own lists, not the night: it is
//     said, and Missed tells whether another attempt is worth it.
//   - Messages carry no address with its query, no driver's text and nothing
//     that stood in a list.
//
// # To add a kind of place
//
// Implement Remote and Session in a package of its own, run placetest.Suite
// over it, and wire it in pipeline/app.
package remote
