package tabular

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"testing"
)

// bomb is an archive whose one sheet unpacks to size bytes. Where it lies, it
// declares a single byte.
func bomb(t *testing.T, size int, lies bool) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	out := b.Bytes()
	if lies {
		directory := bytes.LastIndex(out, []byte("PK\x01\x02"))
		const unpackedSize = 24 // offset in an entry of the central directory
		binary.LittleEndian.PutUint32(out[directory+unpackedSize:], 1)
	}
	return out
}

func TestBombIsFoundByWhatItUnpacksTo(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for name, c := range map[string]struct {
		size int
		lies bool
		rule string
	}{
		"honest about its size": {2 * limit, false, "unpacks_too_large"},
		"lies about its size":   {2 * limit, true, "damaged_workbook"},
		"within the limit":      {limit / 2, false, "damaged_workbook"}, // no sheet in it
	} {
		content := bomb(t, c.size, c.lies)
		_, err := inspectZip(bytes.NewReader(content), int64(len(content)), limit)
		r, ok := AsRefusal(err)
		if !ok || r.Rule != c.rule {
			t.Errorf("%s: %v", name, r)
		}
	}
}
