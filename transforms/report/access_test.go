package report

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPageCanBeReadAloud looks at what those need who do not see the page:
// language, title, landmarks, headings in order, headed tables, described
// drawings, and places that the keyboard reaches.
func TestPageCanBeReadAloud(t *testing.T) {
	t.Parallel()
	pages := map[string]string{"internal": rendered(t, fixed()), "committee": rendered(t, controlledWorld(rand.New(rand.NewPCG(1, 1))).Input())}
	for name, page := range pages {
		for _, want := range []string{`<html lang="en-GB">`, "<title>Young people", "<header>", "<main>", "<footer>", `<nav aria-label="Contents">`, `name="viewport"`} {
			if strings.Count(page, want) != 1 {
				t.Errorf("%s: %s stands there %d times", name, want, strings.Count(page, want))
			}
		}
		if n := strings.Count(page, "<h1>"); n != 1 || regexp.MustCompile(`<h[3-6]`).MatchString(page) || strings.Index(page, "<h1>") > strings.Index(page, "<h2") {
			t.Errorf("%s: headings are not one h1 and then h2", name)
		}
		heads, scoped := strings.Count(page, "<th ")+strings.Count(page, "<th>"), strings.Count(page, `<th scope="`)
		if heads == 0 || heads != scoped {
			t.Errorf("%s: %d of %d table headings say what they head", name, scoped, heads)
		}
		if tables, captions := strings.Count(page, "<table>"), strings.Count(page, "<caption>"); tables == 0 || tables != captions {
			t.Errorf("%s: %d captions for %d tables", name, captions, tables)
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("%s: id %s twice", name, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby="|aria-describedby=")([^"]+)"`).FindAllStringSubmatch(page, -1) {
			if !ids[m[1]] {
				t.Errorf("%s: nothing has the id %s", name, m[1])
			}
		}
		for _, svg := range strings.Split(page, "<svg ")[1:] {
			if !strings.Contains(svg, `role="img"`) || !regexp.MustCompile(`<title id="[^"]+">[^<]+</title><desc id="[^"]+">[^<]+</desc>`).MatchString(svg) {
				t.Errorf("%s: a drawing has no title or description", name)
			}
		}
	}
}

// luminance is that of the accessibility guidelines.
func luminance(hex string) float64 {
	part := func(s string) float64 {
		n, _ := strconv.ParseUint(s, 16, 8)
		v := float64(n) / 255
		if v <= 0.03928 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	return 0.2126*part(hex[0:2]) + 0.7152*part(hex[2:4]) + 0.0722*part(hex[4:6])
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every colour of writing stands out by 4.5 to 1 on white and on the marked
// row.
func TestWritingStandsOut(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, m := range regexp.MustCompile(`[ {]color: #([0-9a-f]{3,6})`).FindAllStringSubmatch(frame, -1) {
		seen++
		for _, ground := range []string{"ffffff", "e8eef4"} {
			if c := contrast(m[1], ground); c < 4.5 {
				t.Errorf("#%s on #%s has a contrast of %.1f", m[1], ground, c)
			}
		}
	}
	svg := drawn(t, lineChart("x", "title", "say", "per cent", []string{"a", "b"}, Series{"one", []*float64{new(float64), new(float64)}}, Series{"two", []*float64{new(float64), new(float64)}}, Series{"three", []*float64{new(float64), new(float64)}}))
	for _, m := range regexp.MustCompile(`<text[^>]*fill:#([0-9A-F]{6})`).FindAllStringSubmatch(svg, -1) {
		seen++
		if c := contrast(strings.ToLower(m[1]), "ffffff"); c < 4.5 {
			t.Errorf("the drawing writes in #%s, of a contrast of %.1f", m[1], c)
		}
	}
	if seen < 8 {
		t.Errorf("only %d colours were looked at", seen)
	}
}

func TestNoiseByIntervals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		count1, of1, count0, of0 float64
		want                     bool
	}{
		"small against small":     {3, 30, 6, 30, true},
		"none against few":        {0, 20, 2, 20, true},
		"none against many":       {0, 20, 12, 20, false},
		"a borough's improvement": {308, 8302, 373, 8237, false},
		"a borough's wobble":      {186, 5536, 201, 5478, true},
	} {
		if got := noise(c.count1, c.of1, c.count0, c.of0); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if from, to := wilson(0, 10); from < -1e-12 || math.Abs(to-0.2775) > 0.001 {
		t.Errorf("nought of ten lies between %.4f and %.4f", from, to)
	}
}
