package app

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// place is a small installation that a test fills with lists and runs nights
// over: real folders, real configuration, real program.
type place struct {
	dir    string
	listed []string // lines of the manifest
}

const placeConfig = `authority:
  la_code: "343"
folders:
  inbox: inbox
  data: data
inbox:
  settle: 0s
warehouse:
  memory_limit: 300MB
  threads: 2
`

func newPlace(dir string) (*place, error) {
	p := &place{dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, "inbox"), 0o700); err != nil {
		return nil, err
	}
	return p, os.WriteFile(p.config(), []byte(placeConfig), 0o600)
}

func (p *place) config() string { return filepath.Join(p.dir, "nightjar.yaml") }

// put lays a list into the inbox and says in the manifest when it came.
func (p *place) put(name, period, deliveredAt, text string) error {
	path := filepath.Join(p.dir, "inbox", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	provider := strings.Split(name, "/")[1]
	p.listed = append(p.listed, strings.Join([]string{name, provider, period, deliveredAt}, ","))
	manifest := "file,provider,period,delivered_at\n" + strings.Join(p.listed, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(p.dir, "inbox", "manifest.csv"), []byte(manifest), 0o600); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// client is a row of an extract of the caseload, by contract column.
type client map[string]string

// extract writes the caseload of a month as its supplier does. Columns that
// the clients do not name are filled with what a plain resident has.
func extract(monthEnd string, clients []client) string {
	plain := client{
		"period_end": monthEnd, "cohort_status": "P", "given_name": "Ann", "family_name": "Example", "birth_date": "2004-01-15",
		"lead_la_code": "343", "activity_code": "210", "start_date": "2020-09-02", "postcode": "L20 1AA",
	}
	columns := []string{
		"client_id", "period_end", "cohort_status", "given_name", "family_name", "birth_date", "lead_la_code", "educated_la_code", "postcode", "upn", "uln",
		"activity_code", "start_date", "ascertained_date", "verified_date", "lapse_date", "currency_lapsed", "predicted_end_date", "review_date", "neet_start_date", "characteristic_code",
	}
	rows := [][]string{columns}
	for _, c := range clients {
		row := make([]string, len(columns))
		for i, name := range columns {
			value, named := c[name]
			if !named {
				value = plain[name]
			}
			row[i] = value
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.WriteAll(rows) // a strings.Builder takes everything
	return b.String()
}

// mustPlace makes an installation in a folder of the test.
func mustPlace(t *testing.T) *place {
	t.Helper()
	p, err := newPlace(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) mustPut(t *testing.T, name, period, deliveredAt, text string) {
	t.Helper()
	if err := p.put(name, period, deliveredAt, text); err != nil {
		t.Fatal(err)
	}
}

// night runs one night and wants it to be published.
func (p *place) night(t *testing.T) published {
	t.Helper()
	a, err := nightOver(t.Context(), p.config())
	if err != nil {
		t.Fatal(err)
	}
	return published{a}
}

// rowText writes the cells of a row for messages, in the order of the columns.
func (v Values) rowText(columns ...string) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = fmt.Sprintf("%s %v", c, v[c])
	}
	return strings.Join(parts, ", ")
}

// tableOf reads a CSV by its header.
func tableOf(t *testing.T, text string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("not a CSV with a header: %v", err)
	}
	out := make([]map[string]string, len(all)-1)
	for i, row := range all[1:] {
		out[i] = make(map[string]string, len(row))
		for j, cell := range row {
			out[i][all[0][j]] = cell
		}
	}
	return out
}
