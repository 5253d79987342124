package erase

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Journal is an erasure that has begun: who goes, and where everything stands.
// It is the one file in which the person stands in clear while the erasure
// lasts; its end removes it.
type Journal struct {
	Token    string    `json:"token"`
	Began    time.Time `json:"began"`
	By       string    `json:"by"`
	Reason   string    `json:"reason"`
	Found    Found     `json:"found"`
	Subjects []string  `json:"subjects"` // identities on lists that decisions may name
	Rows     int64     `json:"rows"`     // of all kinds, for the report
}

// Write writes the journal whole.
func (j Journal) Write(path string) error {
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	if err := writeWhole(path, text); err != nil {
		return fmt.Errorf("journal of the erasure: %w; nothing was changed", err)
	}
	return nil
}

// ReadJournal reads the journal of an erasure that was not finished; ok is
// false where there is none.
func ReadJournal(path string) (j Journal, ok bool, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &j)
	}
	if err != nil {
		return j, false, fmt.Errorf("journal of an unfinished erasure cannot be read: %w; remove %s and start again", err, path)
	}
	return j, true, nil
}

// RemoveJournal ends an erasure.
func RemoveJournal(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
