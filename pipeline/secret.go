package pipeline

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a password, a token or an address that holds one. It cannot be
// printed, logged or marshalled by accident: every such way writes "(secret)".
type Secret struct{ value string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text, for the one call that needs it.
func (s Secret) Reveal() string { return s.value }

// Empty reports whether there is nothing to hide.
func (s Secret) Empty() bool { return s.value == "" }

const hidden = "(secret)"

// String hides the text.
func (Secret) String() string { return hidden }

// Format hides the text for every verb, %#v and %x included.
func (Secret) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, hidden) }

// MarshalText hides the text from JSON, YAML and whatever else encodes text.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the text from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
