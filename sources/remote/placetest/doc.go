// Package placetest proves every kind of place with one suite, against real
// servers that the tests start: OpenSSH's, PostgreSQL's and Go's own web
// server, each behind a line that can be cut.
//
// A server that is not installed skips its tests with a plain word, unless
// NIGHTJAR_REQUIRE_SERVERS=1 asks for all of them.
package placetest
