// Package sql holds the models: one SELECT per file, in the layers that
// README.md describes, with the helper macros and the reference data. It
// embeds the files and does nothing else; package transforms reads them.
package sql

import "embed"

// Files holds the models of every layer with their checks (*_test.sql), the
// macros and the shipped reference data. The test data is left out: it has no
// business in the program.
//
//go:embed */*.sql */*/*.sql ref/*.csv
var Files embed.FS
