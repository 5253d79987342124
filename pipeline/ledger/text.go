package ledger

import (
	"encoding/json"
	"fmt"
	"time"
)

// timeForm is RFC 3339 with all nine decimals: time.RFC3339Nano drops trailing
// zeros, and text of uneven length does not sort by time.
const timeForm = "2006-01-02T15:04:05.000000000Z07:00"

// timeText writes a moment as UTC text; the zero time is empty.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeForm)
}

// stamp reads a moment back from its text.
type stamp struct{ into *time.Time }

// Scan implements sql.Scanner.
func (s stamp) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("time is stored as %T, not as text", v)
	}
	if text == "" {
		*s.into = time.Time{}
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("read a time of the ledger: %w", err)
	}
	*s.into = t.UTC()
	return nil
}

// document reads a JSON column back.
type document struct{ into any }

// Scan implements sql.Scanner.
func (d document) Scan(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("JSON is stored as %T, not as text", v)
	}
	if err := json.Unmarshal([]byte(text), d.into); err != nil {
		return fmt.Errorf("read JSON of the ledger: %w", err)
	}
	return nil
}

// documentText writes a value as JSON text.
func documentText(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write JSON for the ledger: %w", err)
	}
	return string(b), nil
}

// sqlLimit turns "0 means all" into SQLite's "a negative limit means all".
func sqlLimit(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}
