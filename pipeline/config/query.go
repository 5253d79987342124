package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writing are words that a query which only reads has no use for outside of
// names and texts. A name of this kind can be put into double quotes.
var writing = []string{
	"insert", "update", "delete", "merge", "into", "create", "alter", "drop", "truncate", "grant", "revoke",
	"exec", "execute", "call", "copy", "do", "lock", "vacuum", "set", "begin", "commit", "rollback", "declare", "use",
}

// checkQuery says what keeps a text from being one SELECT. It is the first
// fence, and the only one on SQL Server, which has no read-only transactions;
// the account's rights are the real one.
func checkQuery(text string) error {
	words, err := queryWords(text)
	switch {
	case err != nil:
		return err
	case len(words) == 0:
		return errors.New("is empty; write one SELECT")
	case words[0] != "select" && words[0] != "with":
		return errors.New("must begin with SELECT or WITH; a place is only read from")
	}
	for _, w := range words {
		if slices.Contains(writing, w) {
			return fmt.Errorf("holds the word %s, and a place is only read from; write one SELECT, and put a column of that name into double quotes", strings.ToUpper(w))
		}
	}
	return nil
}

// queryWords returns the bare words of a query in lower case, without what
// stands in quotes and comments. A second statement is an error.
func queryWords(text string) ([]string, error) {
	var words []string
	ended := false
	for text != "" {
		n, word, err := queryToken(text)
		if err != nil {
			return nil, err
		}
		token := text[:n]
		text = text[n:]
		blank := strings.TrimSpace(token) == "" || strings.HasPrefix(token, "--") || strings.HasPrefix(token, "/*")
		switch {
		case blank:
		case ended:
			return nil, errors.New("holds more than one statement; write one SELECT and nothing behind its semicolon")
		case token == ";":
			ended = true
		case word:
			words = append(words, strings.ToLower(token))
		}
	}
	return words, nil
}

// queryToken returns the length of the first token, and whether it is a bare
// word.
func queryToken(text string) (n int, word bool, err error) {
	for _, q := range []struct{ open, end, what string }{
		{"'", "'", "quote"}, {`"`, `"`, "double quote"}, {"[", "]", "bracket"}, {"/*", "*/", "comment"},
	} {
		if !strings.HasPrefix(text, q.open) {
			continue
		}
		i := strings.Index(text[len(q.open):], q.end)
		if i < 0 {
			return 0, false, fmt.Errorf("has a %s that is not closed; close it", q.what)
		}
		return len(q.open) + i + len(q.end), false, nil
	}
	if strings.HasPrefix(text, "--") {
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			return i + 1, false, nil
		}
		return len(text), false, nil
	}
	n = strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
	if n < 0 {
		n = len(text)
	}
	if n > 0 {
		return n, true, nil
	}
	_, size := utf8.DecodeRuneInString(text)
	return size, false, nil
}
