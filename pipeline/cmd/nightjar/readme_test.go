package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeCommandsWork runs every command that README shows behind a $, in
// order, in a folder of its own. make run is what the Makefile says it is.
func TestReadmeCommandsWork(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a whole sample night")
	}
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	readme := read(t, filepath.Join(root, "README.md"))
	makefile := read(t, filepath.Join(root, "Makefile"))
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	wrapper := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asMain, self)
	if err := os.WriteFile(filepath.Join(dir, "bin", "nightjar"), []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^\$ (.+)$`).FindAllStringSubmatch(readme, -1)
	if len(commands) < 5 {
		t.Fatalf("README shows only %d commands", len(commands))
	}
	for _, c := range commands {
		for _, line := range expandMake(t, c[1], makefile) {
			cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
		}
	}
}

// expandMake turns make TARGET into the program's own lines of the target.
func expandMake(t *testing.T, line, makefile string) []string {
	target, ok := strings.CutPrefix(line, "make ")
	if !ok {
		return []string{line}
	}
	block := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:.*\n((?:\t.*\n)+)`).FindStringSubmatch(makefile)
	if block == nil {
		t.Fatalf("README shows %q and the Makefile has no such target", line)
	}
	var out []string
	for l := range strings.SplitSeq(block[1], "\n") {
		if l = strings.TrimPrefix(strings.TrimSpace(l), "@"); strings.HasPrefix(l, "$(BIN)") {
			out = append(out, strings.Replace(l, "$(BIN)", "bin/nightjar", 1))
		}
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
