package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// asMain makes the test binary behave as the program, for tests that start
// it as a process of its own and kill it.
const asMain = "NIGHTJAR_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"nightjar": main})
}

// TestScripts runs the program the way a user does: each script is a folder
// of files, commands, and what a user can see.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true})
}
