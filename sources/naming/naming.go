// Package naming says which names a list may have, wherever it is handed in.
// Every kind of place keeps to it, so that a file is taken or left alone for
// the same reasons in a folder and on a server.
package naming

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// Manifest is the file at the root of a place that says when its lists
	// were delivered.
	Manifest = "manifest.csv"
	// DoneSuffix ends the name of a marker that says that the file of the same
	// name without it is whole.
	DoneSuffix = ".done"
)

// Ignored reports whether a name is that of something which is no list: hidden
// files, lock files of office programs, unfinished downloads and copies,
// leavings of file managers, and the markers that say a file is whole.
func Ignored(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") {
		return true
	}
	low := strings.ToLower(name)
	switch filepath.Ext(low) {
	case ".tmp", ".part", ".crdownload", DoneSuffix:
		return true
	}
	return low == "thumbs.db" || low == "desktop.ini"
}

// Bad says why a path cannot be carried through ledger, snapshots and reports
// as text; empty when it can.
func Bad(name string) string {
	switch {
	case !utf8.ValidString(name):
		return "Its name is not valid UTF-8 text."
	case strings.ContainsFunc(name, unicode.IsControl):
		return "Its name holds a line break or another control character."
	}
	return ""
}

// partLimit is the longest name of a file or folder in bytes.
const partLimit = 255

// BadPart says why a name given by a server cannot be that of one file or
// folder here; empty when it can. A server that is not ours could name a file
// ../../etc/passwd.
func BadPart(name string) string {
	switch {
	case name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/\`):
		return "Its name leads out of its folder."
	case len(name) > partLimit:
		return "Its name is longer than 255 bytes."
	}
	return Bad(name)
}
