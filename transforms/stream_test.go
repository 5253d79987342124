package transforms_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"nightjar/transforms"
	"nightjar/transforms/arrowfile"
)

// streamOf names, for the process that TestAnArrowStreamIsBounded starts, the
// file to stream from.
const streamOf = "NIGHTJAR_TEST_STREAM_OF"

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// TestAnArrowStreamIsBounded streams a table that is larger than the memory it
// may take, in a process of its own, and reads it on the other side: every row
// once and in order. NIGHTJAR_LONG=1 takes ten million rows.
func TestAnArrowStreamIsBounded(t *testing.T) {
	if path := os.Getenv(streamOf); path != "" {
		stream(t, path)
		return
	}
	rows, most := int64(300_000), 250
	if os.Getenv("NIGHTJAR_LONG") != "" {
		rows = 10_000_000
	}
	path := transforms.BigMart(t, int(rows))
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), streamOf+"="+path)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(out)
	if err != nil {
		t.Fatalf("%v %s", err, said.String())
	}
	defer r.Release()
	var n, disorder int64
	for r.Next() {
		numbers := r.RecordBatch().Column(0).(*array.Int64).Int64Values()
		for i, v := range numbers {
			if v != n+int64(i) {
				disorder++
			}
		}
		n += int64(len(numbers))
	}
	if err := errors.Join(r.Err(), cmd.Wait()); err != nil || n != rows || disorder > 0 {
		t.Fatalf("%d rows of %d, %d out of order, %v %s", n, rows, disorder, err, said.String())
	}
	took := peak.FindStringSubmatch(said.String())
	if took == nil {
		t.Skip("this system does not tell a process's peak memory")
	}
	kB, _ := strconv.Atoi(took[1])
	t.Logf("%d rows, peak %d MB, CPU %v", rows, kB/1024, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	if kB/1024 > most {
		t.Errorf("peak memory %d MB, want %d at most", kB/1024, most)
	}
}

// stream is the other process: the stream goes to its standard output.
func stream(t *testing.T, path string) {
	_, err := transforms.Extract(t.Context(), path, "big", "", arrowfile.New(os.Stdout))
	if err != nil {
		t.Fatal(err)
	}
	status, _ := os.ReadFile("/proc/self/status")
	fmt.Fprint(os.Stderr, strings.TrimSpace(peak.FindString(string(status))))
	os.Exit(0) // the test's own words would follow the stream
}
