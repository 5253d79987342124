package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStreamsAndShares(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "",
		"streams: {token: {env: NIGHTJAR_TOKEN}, at_once: 3, timeout: 5m}": "",
		"publish: {mode: copy, share: share}":                              "",
		"publish: {mode: pointer}":                                         "publish.mode",
		"publish: {mode: copy}":                                            "publish.share: is empty",
		"publish: {share: share}":                                          "write mode: copy",
		"streams: {token: {env: A, file: b}}":                              "names two places",
		"streams: {at_once: 0}":                                            "streams.at_once",
		"streams: {timeout: 1ms}":                                          "streams.timeout",
		"streams: {token: {env: NIGHTJAR_TOKEN}}\nliveness: {listen: \"\", max_age: 36h}\n": "is of no use while liveness.listen is empty",
	} {
		path := filepath.Join(t.TempDir(), "nightjar.yaml")
		if err := os.WriteFile(path, []byte("authority: {la_code: \"343\"}\n"+text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, nil)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if err == nil && c.Publish.Share != "" && !filepath.IsAbs(c.Publish.Share) {
			t.Errorf("share %s is not resolved", c.Publish.Share)
		}
	}
}
