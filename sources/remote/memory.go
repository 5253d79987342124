package remote

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// entry is what is remembered of a list.
type entry struct {
	State string `json:"state"` // what the place said of it
	Hash  string `json:"hash"`
	Size  int64  `json:"size"`
	Taken bool   `json:"taken"` // it is in the archive, so it need not lie in the landing folder
}

// memory is what was fetched from a place. It saves fetching again and decides
// nothing, so one that cannot be read is an empty one.
type memory struct {
	mu   sync.Mutex
	path string
	Was  map[string]entry `json:"lists"`
}

func readMemory(path string) *memory {
	m := &memory{path: path}
	if text, err := os.ReadFile(path); err != nil || json.Unmarshal(text, m) != nil || m.Was == nil {
		m.Was = map[string]entry{}
	}
	return m
}

func (m *memory) get(name string) entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.Was[name]
}

func (m *memory) set(name string, e entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Was[name] = e
}

// take notes that the bytes of a list are in the archive.
func (m *memory) take(name, hash string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.Was[name]; ok && e.Hash == hash {
		e.Taken = true
		m.Was[name] = e
	}
}

// keep forgets every list that is not among names.
func (m *memory) keep(names map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.Was {
		if !names[name] {
			delete(m.Was, name)
		}
	}
}

// Recall copies what is remembered of a place to another landing folder, for
// a dry run.
func Recall(from, to string) error {
	text, err := os.ReadFile(filepath.Join(from, memoryName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, memoryName), text, 0o600)
}

// save writes the memory aside and renames it into place.
func (m *memory) save() (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(m.path), ".memory-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), m.path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return err
}
