package sources

import (
	"fmt"
	"strings"

	"nightjar/pipeline"
)

// row returns what the manifest says about an admitted file.
func (m manifest) row(name string) (manifestRow, bool) {
	rows := m.rows[foldPath(name)]
	if len(rows) == 0 {
		return manifestRow{}, false
	}
	return rows[0], true
}

// admit keeps the files whose delivery is clear: listed by one readable row,
// or not listed. The others wait, because a file taken under the wrong date
// could not be given the right one later.
func (m manifest) admit(files []candidate) ([]candidate, []pipeline.Issue) {
	if m.closed {
		return nil, nil // the manifest's own issue says so
	}
	here := make(map[string]bool, len(files))
	for _, c := range files {
		here[foldPath(c.name)] = true
	}
	var clear []candidate
	var issues []pipeline.Issue
	for _, c := range files {
		if say := m.unclear(foldPath(c.name), here); say != "" {
			issues = append(issues, pipeline.Issue{
				File: c.name, Rule: ruleManifestHeld, Say: say,
				Hint: "The file waits until " + manifestName + " is mended",
			})
			continue
		}
		clear = append(clear, c)
	}
	return clear, issues
}

// unclear says why nobody knows which row belongs to a file; empty when it is
// known. here holds the files that stand in the inbox.
func (m manifest) unclear(file string, here map[string]bool) string {
	for _, r := range m.useless {
		if r.file == file || strings.Contains(r.text, file) {
			return fmt.Sprintf("Line %d of %s lists it and cannot be used.", r.line, manifestName)
		}
	}
	if rows := m.rows[file]; len(rows) > 1 {
		return fmt.Sprintf("Lines %d and %d of %s both list it.", rows[0].line, rows[1].line, manifestName)
	}
	other, ok := m.lower[strings.ToLower(file)]
	if ok && len(m.rows[file]) == 0 && !here[other] {
		return fmt.Sprintf("Line %d of %s lists it in other capitals.", m.rows[other][0].line, manifestName)
	}
	return ""
}
