package matching

import (
	"slices"
	"strings"
)

// name is a name made ready for comparing. Names are made once per spelling
// and shared, so that equal ids mean equal names.
type name struct {
	id    uint32   // of full
	head  uint32   // id of the first part
	full  string   // parts without a gap
	parts []string // MARY, ANN
	ids   []uint32 // of the parts
	scan  string
	// What exact agreement on the name is worth, by how many people bear it; set
	// for the names of the caseload.
	familyBits, givenBits float64
	roots                 []uint32 // ids of the names that the first part may stand for, sorted; itself among them
}

// letters returns the name in one word, empty when there is none.
func (n *name) letters() string {
	if n == nil {
		return ""
	}
	return n.full
}

// nameBook makes names ready and counts texts.
type nameBook struct {
	byText  map[string]*name
	ids     map[string]uint32
	formals map[string][]string // name → names it may stand for
	posts   map[postcode]*post
}

func newNameBook(diminutives [][2]string) *nameBook {
	b := &nameBook{byText: map[string]*name{}, ids: map[string]uint32{}, formals: map[string][]string{}, posts: map[postcode]*post{}}
	for _, d := range diminutives {
		formal, short := strings.Join(foldName(d[0]), ""), strings.Join(foldName(d[1]), "")
		b.formals[short] = append(b.formals[short], formal)
	}
	return b
}

func (b *nameBook) id(text string) uint32 {
	id, ok := b.ids[text]
	if !ok {
		id = uint32(len(b.ids) + 1)
		b.ids[text] = id
	}
	return id
}

// of returns the name that a text holds, nil when it holds none.
func (b *nameBook) of(text string) *name {
	if text == "" {
		return nil
	}
	if n, ok := b.byText[text]; ok {
		return n
	}
	var n *name
	if parts := foldName(text); len(parts) > 0 {
		n = b.ready(parts)
	}
	b.byText[strings.Clone(text)] = n
	return n
}

func (b *nameBook) ready(parts []string) *name {
	n := &name{parts: parts, full: strings.Join(parts, "")}
	n.id, n.head, n.scan = b.id(n.full), b.id(parts[0]), scanForm(n.full)
	for _, p := range parts {
		n.ids = append(n.ids, b.id(p))
	}
	for _, p := range []string{parts[0], n.full} { // ANNE-MARIE may have roots as one name
		n.roots = append(n.roots, b.id(p))
		for _, f := range b.formals[p] {
			n.roots = append(n.roots, b.id(f))
		}
	}
	slices.Sort(n.roots)
	n.roots = slices.Compact(n.roots)
	return n
}

// all appends the names that texts hold, each once.
func (b *nameBook) all(out []*name, texts ...string) []*name {
	from := len(out)
	for _, t := range texts {
		n := b.of(t)
		if n != nil && !slices.ContainsFunc(out[from:], func(o *name) bool { return o.id == n.id }) {
			out = append(out, n)
		}
	}
	return out
}

// allPosts appends the postcodes that texts hold, each once.
func (b *nameBook) allPosts(out []*post, texts ...string) []*post {
	from := len(out)
	for _, t := range texts {
		p := foldPostcode(t)
		if p == "" {
			continue
		}
		known := b.posts[p]
		if known == nil {
			known = &post{text: p, hash: textHash(string(p))}
			b.posts[p] = known
		}
		if !slices.Contains(out[from:], known) {
			out = append(out, known)
		}
	}
	return out
}

// meet tells whether two sorted lists have an item in common.
func meet(a, b []uint32) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			return true
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	return false
}
