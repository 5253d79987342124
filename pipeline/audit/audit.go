// Package audit keeps the log of what was done with the data: runs, exports,
// decisions, releases, rollbacks, erasures, restores. It is a text file, one
// JSON object per line, which a person can copy and read. Every line carries
// the hash of the line before and ends in its own, so that a changed, missing,
// added or moved line shows; and the ledger remembers the last line, so that a
// log cut off at its end shows too.
//
// No line holds personal data: events name runs, files' kinds and counts, and
// the officer who acted, never anybody a list is about.
//
// What the chain cannot show is a log that somebody wrote anew from its
// beginning together with the ledger. Whoever fears that keeps the hash that
// Verify returns somewhere else.
package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind is what an event is about.
type Kind string

// The kinds of event.
const (
	Run      Kind = "run"
	Export   Kind = "export" // a file with figures or people was written at somebody's wish
	Decision Kind = "decision"
	Release  Kind = "release"
	Rollback Kind = "rollback"
	Erasure  Kind = "erasure"
	Retain   Kind = "retain" // what had reached its age was removed
	Backup   Kind = "backup"
	Restore  Kind = "restore"
	Gap      Kind = "gap" // the log itself was found short or cut
)

// Event is one line of the log. N, Prev and Hash are given by Append.
type Event struct {
	N     int64            `json:"n"`    // lines are numbered from 1
	Prev  string           `json:"prev"` // hash of the line before; empty in the first
	At    time.Time        `json:"at"`
	Kind  Kind             `json:"event"`
	By    string           `json:"by,omitempty"`    // who acted, by the user's own name or the one given
	About string           `json:"about,omitempty"` // such as the run's id
	Say   string           `json:"say,omitempty"`
	Facts map[string]int64 `json:"facts,omitempty"` // counts
	Hash  string           `json:"-"`               // SHA-256 of the line up to the hash itself
}

// Head is the last line of the log.
type Head struct {
	N    int64  `json:"n"`
	Hash string `json:"hash"`
}

// Heads remembers the head outside the log.
type Heads interface {
	// AuditHead returns the head last remembered; a zero Head when there is none.
	AuditHead(ctx context.Context) (Head, error)
	// SetAuditHead remembers a head.
	SetAuditHead(ctx context.Context, h Head) error
}

const (
	beforeHash = `,"hash":"`
	afterHash  = `"}`
	hashLength = 2 * sha256.Size
	tailLength = len(beforeHash) + hashLength + len(afterHash)
)

var (
	errForm = errors.New("it is no line of this log")
	errHash = errors.New("its hash is not that of its text: the line was changed")
)

// line writes the event as a line without its end, and returns its hash.
func (e Event) line() (text []byte, hash string, err error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, "", fmt.Errorf("audit event cannot be written: %w", err)
	}
	body = body[:len(body)-1] // the hash comes before the brace
	hash = hashOf(body)
	return append(append(append(body, beforeHash...), hash...), afterHash...), hash, nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// parse reads a line and compares it with its hash.
func parse(text []byte) (Event, error) {
	cut := len(text) - tailLength
	if cut < 0 || !bytes.HasPrefix(text[cut:], []byte(beforeHash)) || !bytes.HasSuffix(text, []byte(afterHash)) {
		return Event{}, errForm
	}
	body, hash := text[:cut], string(text[cut+len(beforeHash):len(text)-len(afterHash)])
	if hashOf(body) != hash {
		return Event{}, errHash
	}
	var e Event
	if err := json.Unmarshal(append(bytes.Clone(body), '}'), &e); err != nil {
		return Event{}, errForm
	}
	e.Hash = hash
	return e, nil
}
