package contract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"nightjar/sources/snapshot"
)

// rising watches a list whose keys come in rising order, as those of a list
// that was exported by its key do: what comes next is new where it is greater
// than all before, and none of those has to be looked for. What would have
// been remembered is only written down, for the day that a row breaks the
// order. Any order will do that is the same for all rows.
type rising struct {
	over  bool // a row broke the order; from there on it is the store that knows
	last  []byte
	this  []byte
	word  uint64   // of the first row of the last key
	frees []uint64 // of its further rows
	notes []byte   // not yet in the file
	file  *os.File // has no name; nil while there are few notes
}

// notesSize is how many bytes of notes are written at once.
const notesSize = 2048 * storedSize

// compare tells how the key of a row stands to the last one, and keeps it
// where it is greater.
func (s *rising) compare(key []*snapshot.Vector, row int) int {
	s.this = snapshot.AppendKeys(s.this[:0], key, row)
	if s.last == nil {
		s.last = append(s.last, s.this...)
		return 1
	}
	c := bytes.Compare(s.this, s.last)
	if c > 0 {
		s.last, s.this = s.this, s.last
	}
	return c
}

// note writes down what the store would have remembered.
func (s *rising) note(folder string, key hashKey, word uint64) error {
	s.notes = appendStored(s.notes, stored{key, word})
	if len(s.notes) < notesSize {
		return nil
	}
	if s.file == nil {
		f, err := scratchFile(folder)
		if err != nil {
			return err
		}
		s.file = f
	}
	_, err := s.file.Write(s.notes)
	s.notes = s.notes[:0]
	return err
}

// endInto gives the store what was noted: the order is broken.
func (s *rising) endInto(store *hashStore) error {
	s.over = true
	notes := io.Reader(bytes.NewReader(s.notes))
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		notes = io.MultiReader(s.file, notes)
	}
	buf := make([]byte, notesSize)
	for {
		n, err := io.ReadFull(notes, buf)
		for b := buf[:n]; len(b) >= storedSize; b = b[storedSize:] {
			e := storedAt(b)
			if _, _, err := store.first(e.key, e.word); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return s.close()
		}
		if err != nil {
			return err
		}
	}
}

// close lets go of the notes.
func (s *rising) close() error {
	f := s.file
	if s.file, s.notes = nil, nil; f == nil {
		return nil
	}
	return f.Close()
}

// appendStored appends the form that a key and its word have in a file.
func appendStored(b []byte, e stored) []byte {
	b = binary.LittleEndian.AppendUint64(b, e.key[0])
	b = binary.LittleEndian.AppendUint64(b, e.key[1])
	return binary.LittleEndian.AppendUint64(b, e.word)
}

func storedAt(b []byte) stored {
	return stored{hashKey{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}, binary.LittleEndian.Uint64(b[16:])}
}

// scratchFile makes a file without a name, so that nothing of it outlives the
// process.
func scratchFile(folder string) (*os.File, error) {
	if folder != "" {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	f, err := os.CreateTemp(folder, ".nightjar-*.tmp")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
