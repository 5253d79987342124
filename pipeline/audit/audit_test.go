package audit

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// memory remembers a head.
type memory struct {
	mu   sync.Mutex
	head Head
}

func (m *memory) AuditHead(context.Context) (Head, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head, nil
}

func (m *memory) SetAuditHead(_ context.Context, h Head) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.head = h
	return nil
}

var moment = time.Date(2026, 11, 21, 21, 0, 0, 0, time.UTC)

// newLog writes a log of n events.
func newLog(t *testing.T, n int) (*Log, *memory) {
	t.Helper()
	m := &memory{}
	l := &Log{Path: filepath.Join(t.TempDir(), "audit.jsonl"), Heads: m}
	for i := range n {
		add(t, l, fmt.Sprintf("r%d", i))
	}
	return l, m
}

func add(t *testing.T, l *Log, about string) {
	t.Helper()
	if err := l.Append(t.Context(), Event{At: moment, Kind: Run, By: "night", About: about, Facts: map[string]int64{"rows": 3}}); err != nil {
		t.Fatal(err)
	}
}

func verdict(t *testing.T, l *Log) Verdict {
	t.Helper()
	v, err := l.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func replace(t *testing.T, l *Log, text []byte) {
	t.Helper()
	if err := os.WriteFile(l.Path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, l *Log) []byte {
	t.Helper()
	text, err := os.ReadFile(l.Path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryFlippedByteIsCaughtAtItsLine(t *testing.T) {
	t.Parallel()
	l, _ := newLog(t, 3)
	if v := verdict(t, l); v.Broken != nil || v.Lines != 3 {
		t.Fatalf("the sound log: %+v", v)
	}
	text := content(t, l)
	for i := range text {
		for _, bit := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(text)
			bad[i] ^= bit
			replace(t, l, bad)
			v := verdict(t, l)
			line := int64(bytes.Count(text[:i], []byte{'\n'}) + 1)
			if v.Broken == nil || v.Broken.Line != line {
				t.Fatalf("byte %d of line %d, bit %x: %+v", i, line, bit, v.Broken)
			}
		}
	}
}

func TestMissingMovedAndAddedLinesAreNamed(t *testing.T) {
	t.Parallel()
	l, m := newLog(t, 4)
	lines := bytes.SplitAfter(content(t, l), []byte{'\n'})[:4]
	for name, c := range map[string]struct {
		order []int
		line  int64
	}{
		"sound":         {[]int{0, 1, 2, 3}, 0},
		"cut at end":    {[]int{0, 1, 2}, 4},
		"emptied":       {nil, 1},
		"one taken out": {[]int{0, 2, 3}, 2},
		"first gone":    {[]int{1, 2, 3}, 1},
		"swapped":       {[]int{0, 2, 1, 3}, 2},
		"twice":         {[]int{0, 1, 1, 2, 3}, 3},
	} {
		var text []byte
		for _, i := range c.order {
			text = append(text, lines[i]...)
		}
		replace(t, l, text)
		v := verdict(t, l)
		if c.line == 0 && v.Broken != nil || c.line > 0 && (v.Broken == nil || v.Broken.Line != c.line) {
			t.Errorf("%s: %+v, want line %d", name, v.Broken, c.line)
		}
	}
	if err := os.Remove(l.Path); err != nil {
		t.Fatal(err)
	}
	if v := verdict(t, l); v.Broken == nil || v.Broken.Line != 1 {
		t.Errorf("removed whole: %+v, head %v", v.Broken, m.head)
	}
}

// TestAnotherEventUnderTheSameNumber replaces the last line by one with a hash
// of its own: only the ledger's memory shows it.
func TestAnotherEventUnderTheSameNumber(t *testing.T) {
	t.Parallel()
	l, _ := newLog(t, 2)
	lines := bytes.SplitAfter(content(t, l), []byte{'\n'})
	first, err := parse(bytes.TrimSpace(lines[0]))
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := Event{N: 2, Prev: first.Hash, At: moment, Kind: Run, About: "other"}.line()
	if err != nil {
		t.Fatal(err)
	}
	replace(t, l, append(append(lines[0], other...), '\n'))
	if v := verdict(t, l); v.Broken == nil || v.Broken.Line != 2 {
		t.Errorf("%+v", v.Broken)
	}
}

// TestGoingOnDoesNotHideTheDamage appends to a spoilt log: what comes after is
// kept, and the place stays named.
func TestGoingOnDoesNotHideTheDamage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func([]byte) []byte
		line  int64
	}{
		"cut at a line": {func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }, 3},
		"cut in a line": {func(b []byte) []byte { return b[:len(b)-20] }, 3},
		"end missing":   {func(b []byte) []byte { return b[:len(b)-1] }, 4}, // whole but for its end, which the next line gives it
		"last changed":  {func(b []byte) []byte { b[len(b)-100] ^= 1; return b }, 3},
		"emptied":       {func([]byte) []byte { return nil }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, _ := newLog(t, 3)
			replace(t, l, c.spoil(content(t, l)))
			add(t, l, "after")
			if v := verdict(t, l); v.Broken == nil || v.Broken.Line != c.line {
				t.Errorf("%+v, want line %d", v.Broken, c.line)
			}
			kinds := ""
			if err := l.Read(t.Context(), func(e Event) { kinds += string(e.Kind) + " " }); err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(kinds, "gap run ") {
				t.Errorf("the log holds %s", kinds)
			}
		})
	}
}

func TestKilledBeforeTheHeadWasRemembered(t *testing.T) {
	t.Parallel()
	l, m := newLog(t, 2)
	before := m.head
	add(t, l, "killed here")
	m.head = before
	if v := verdict(t, l); v.Broken != nil || v.Lines != 3 {
		t.Errorf("one line ahead: %+v", v)
	}
	add(t, l, "next")
	if v := verdict(t, l); v.Broken != nil || v.Lines != 4 || m.head != v.Head {
		t.Errorf("afterwards: %+v, head %v", v, m.head)
	}
}

func TestOwnerOnlyAndNothingPersonalByAccident(t *testing.T) {
	t.Parallel()
	l, _ := newLog(t, 1)
	if info, err := os.Stat(l.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := l.Append(t.Context(), Event{Kind: Run, Say: strings.Repeat("x", maxLine)}); err == nil {
		t.Error("a line without end was taken")
	}
	if v := verdict(t, l); v.Broken != nil || v.Lines != 1 {
		t.Errorf("%+v", v)
	}
}

// TestTwoProcessesAppend lets several processes write at the same time.
func TestTwoProcessesAppend(t *testing.T) {
	t.Parallel()
	const processes, each = 3, 20
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var wg sync.WaitGroup
	for range processes {
		wg.Go(func() {
			child := exec.Command(os.Args[0], "-test.run=^TestAppendAsChild$")
			child.Env = append(os.Environ(), "AUDIT_TEST_LOG="+path)
			if out, err := child.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	if v := verdict(t, &Log{Path: path}); v.Broken != nil || v.Lines != processes*each {
		t.Errorf("%+v %+v", v, v.Broken)
	}
}

// TestAppendAsChild is a process that TestTwoProcessesAppend starts.
func TestAppendAsChild(t *testing.T) {
	path := os.Getenv("AUDIT_TEST_LOG")
	if path == "" {
		t.Skip("only as the child of TestTwoProcessesAppend")
	}
	l := &Log{Path: path}
	for i := range 20 {
		add(t, l, fmt.Sprint(os.Getpid(), " ", i))
	}
}

func FuzzParse(f *testing.F) {
	text, _, err := Event{N: 1, At: moment, Kind: Run}.line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(beforeHash + afterHash))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := parse(text)
		if err == nil && len(e.Hash) != hashLength {
			t.Errorf("hash %q", e.Hash)
		}
	})
}
