package tabular

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"nightjar/pipeline"
)

// maxXMLToken bounds one tag or text of an XML file; an honest one is a name
// or an address.
const maxXMLToken = 1 << 20

// nccisRoot is the outermost element of a monthly return, folded.
const nccisRoot = "nccis"

// beginsLikeXML recognises XML by its first character that is no space.
func beginsLikeXML(head []byte) bool {
	text := bytes.ReplaceAll(bytes.TrimPrefix(head, byteOrderMark), []byte{0}, nil)
	text = bytes.TrimPrefix(bytes.TrimPrefix(text, []byte{0xff, 0xfe}), []byte{0xfe, 0xff})
	text = bytes.TrimLeft(text, " \t\r\n")
	return len(text) > 1 && text[0] == '<' && (text[1] == '?' || text[1] == '!' || text[1]|0x20 >= 'a' && text[1]|0x20 <= 'z')
}

// xmlFile is the XML of a monthly return.
type xmlFile struct {
	f    *os.File
	form Form
	hash hash.Hash
	done bool
}

func openXML(f *os.File) (File, error) {
	head := make([]byte, sniffSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	x := &xmlFile{f: f, form: Form{Kind: "xml", Encoding: byHead(head[:n])}}
	name, err := rootOf(head[:n], x.form.Encoding)
	switch {
	case errors.Is(err, errDoctype):
		return nil, brokenXML(err)
	case err != nil, pipeline.FoldWord(name) != nccisRoot:
		return nil, notAReturn(name)
	}
	return x, nil
}

// rootOf returns the name of the outermost element.
func rootOf(head []byte, encoding string) (string, error) {
	d := newDecoder(decode(bytes.NewReader(head), encoding))
	for {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			return t.Name.Local, nil
		case xml.Directive:
			return directive(t)
		}
	}
}

// directive refuses declarations of types and entities. HTML begins with one
// as well and is told apart by its name.
func directive(t xml.Directive) (string, error) {
	if words := strings.Fields(strings.ToLower(string(t))); len(words) > 1 && words[0] == "doctype" && words[1] == "html" {
		return "html", nil
	}
	return "", errDoctype
}

func notAReturn(root string) *Refusal {
	r := &Refusal{Rule: "not_a_table", Say: "the file is XML, but not a monthly return (NCCIS)", Hint: "hand the list in as CSV or XLSX"}
	switch strings.ToLower(root) {
	case "html", "table", "head", "body":
		r.Say, r.Hint = "the file is a web page, whatever its name says", "open it in Excel, save it as .xlsx and hand that in"
	case "workbook":
		r.Say, r.Hint = "the file is a workbook in Excel's XML of 2003", "open it in Excel, save it as .xlsx and hand that in"
	}
	return r
}

func brokenXML(err error) *Refusal {
	return &Refusal{Rule: "damaged_xml", Say: fmt.Sprintf("the XML cannot be read (%v)", err), Hint: "export the return again"}
}

// newDecoder returns a strict decoder, which resolves no entity but the five
// of XML. Declared encodings are those that suppliers write.
func newDecoder(src io.Reader) *xml.Decoder {
	d := xml.NewDecoder(src)
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		switch pipeline.FoldWord(label) {
		case "windows1252", "iso88591", "latin1", "usascii":
			return charmap.Windows1252.NewDecoder().Reader(in), nil
		case "utf8", "utf16", "unicode":
			return in, nil // decoded by its mark already
		default:
			return nil, errors.New("its encoding is not known here")
		}
	}
	return d
}

// Form describes the file.
func (x *xmlFile) Form() Form { return x.form }

// Sheets returns one empty name.
func (x *xmlFile) Sheets() []string { return []string{""} }

// Rows reads the return from its beginning.
func (x *xmlFile) Rows(string) (Rows, error) {
	if _, err := x.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	x.hash, x.done = sha256.New(), false
	limited := &tokenLimit{src: decode(&hashedXML{x}, x.form.Encoding)}
	return newNCCISRows(limited), nil
}

// hashedXML reads the file and hashes what is read.
type hashedXML struct{ x *xmlFile }

// Read reads and hashes.
func (h *hashedXML) Read(p []byte) (int, error) {
	n, err := h.x.f.Read(p)
	h.x.hash.Write(p[:n])
	h.x.done = h.x.done || err == io.EOF
	return n, err
}

// Close closes the file and returns the hash of what was read.
func (x *xmlFile) Close() (string, error) {
	sum := ""
	if x.done {
		sum = hex.EncodeToString(x.hash.Sum(nil))
	}
	return sum, x.f.Close()
}

// tokenLimit fails when one token takes more bytes than any honest one, so
// that a text without end cannot fill the memory.
type tokenLimit struct {
	src  io.Reader
	read int // bytes since the last token
}

var errLongToken = errors.New("an element is longer than 1 MB")

// Read reads as long as the limit allows.
func (t *tokenLimit) Read(p []byte) (int, error) {
	if t.read > maxXMLToken {
		return 0, errLongToken
	}
	n, err := t.src.Read(p[:min(len(p), 64<<10)])
	t.read += n
	return n, err
}
