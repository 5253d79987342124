package pipeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"nightjar/pipeline"
)

func TestASecretCannotBePrinted(t *testing.T) {
	t.Parallel()
	const text = "hunter2-token"
	type holder struct{ Password pipeline.Secret }
	h := holder{pipeline.NewSecret(text)}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		fmt.Fprintf(&out, verb+"\n", h, h)
		fmt.Fprintf(&out, verb+"\n", h.Password, &h.Password)
	}
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		log.Info("sending", "password", h.Password, "all", h)
	}
	body, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(body)
	out.WriteString(errors.Join(fmt.Errorf("login with %v", h)).Error())
	for _, form := range []string{text, fmt.Sprintf("%x", text), strings.ToUpper(fmt.Sprintf("%x", text))} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret is printed:\n%s", out.String())
		}
	}
	if h.Password.Reveal() != text || h.Password.Empty() {
		t.Error("the secret is lost")
	}
}
