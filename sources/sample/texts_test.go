package sample

import (
	"regexp"
	"strings"
	"testing"

	"nightjar/pipeline/config"
	"nightjar/sources/datasets"
)

// TestPlacesExampleIsValid takes the marks away, as the example says.
func TestPlacesExampleIsValid(t *testing.T) {
	t.Parallel()
	head, example, ok := strings.Cut(configText, "# places:\n")
	if !ok {
		t.Fatal("the configuration shows no places")
	}
	text := head + "places:\n" + regexp.MustCompile(`(?m)^# ?`).ReplaceAllString(example, "")
	c, err := config.Read("nightjar.yaml", []byte(text), datasets.All())
	if err != nil {
		t.Fatal(err)
	}
	kinds := ""
	for _, p := range c.Places {
		kinds += p.Kind + " "
	}
	if kinds != "folder sftp https sql " {
		t.Errorf("the example shows %s", kinds)
	}
}
