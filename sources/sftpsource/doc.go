// Package sftpsource reads lists from an SFTP server, on which they lie as in
// an inbox: <folder>/<dataset>/<provider>/<file>, with a manifest.csv at the
// top where somebody keeps one.
//
// The server is known by its line in a known_hosts file and we by a key;
// neither can be left out. A file is fetched once two looks saw the same size
// and time, or with a .done marker beside it, and only if it is still the same
// after the last byte. It is never written to, moved or removed.
package sftpsource
