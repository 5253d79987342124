package sample

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// truth writes who is who: the person behind every row of a list. Matching is
// judged by it; the pipeline never reads it.
type truth struct {
	file *os.File
	out  *bufio.Writer
}

func openTruth(root string) (*truth, error) {
	folder := filepath.Join(root, "truth")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("sample truth: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(folder, "list_rows.csv"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sample truth: %w", err)
	}
	t := &truth{f, bufio.NewWriterSize(f, 1<<18)}
	_, err = t.out.WriteString("file,line,person,client_id\n")
	return t, err
}

// note says that a person stands on a line. A person who is never in the
// caseload has no client id; nil is a row that is nobody.
func (t *truth) note(file string, line int, p *person) {
	b := append([]byte(file), ',')
	b = strconv.AppendInt(b, int64(line), 10)
	b = append(b, ',')
	if p != nil {
		b = strconv.AppendInt(b, int64(p.id), 10)
	}
	b = append(b, ',')
	if p != nil && p.caseload {
		b = append(b, clientID(p.id)...)
	}
	_, _ = t.out.Write(append(b, '\n')) // a failed write shows in close
}

// writePeople writes everybody of the sample with the facts as they are.
func writePeople(root string, people []*person) error {
	var b []byte
	b = append(b, "person,client_id,forename,surname,birth_date,upn,uln\n"...)
	for _, p := range people {
		id := ""
		if p.caseload {
			id = clientID(p.id)
		}
		b = fmt.Appendf(b, "%d,%s,%s,%s,%s,%s,%s\n", p.id, id, p.forename, p.surname, p.born, p.upn, p.uln)
	}
	return writeFile(filepath.Join(root, "truth", "people.csv"), string(b))
}

func (t *truth) close() error {
	err := t.out.Flush()
	if e := t.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("sample truth: %w", err)
	}
	return nil
}
