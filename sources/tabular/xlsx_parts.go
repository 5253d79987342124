package tabular

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxPart bounds the small parts of a workbook, which are read whole: the list
// of sheets, the relations and the styles.
const maxPart = 32 << 20

// parts finds the parts of a workbook by their names, blind to case and to the
// slash that leans the other way.
type parts map[string]*zip.File

func partName(name string) string {
	return strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name, `\`, "/")), "/")
}

// decode reads a small part into a value.
func (p parts) decode(name string, into any) error {
	f, ok := p[partName(name)]
	if !ok {
		return fmt.Errorf("its part %s is missing", path.Base(name))
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, maxPart)).Decode(into); err != nil {
		return fmt.Errorf("its part %s: %w", path.Base(name), err)
	}
	return nil
}

// relations are the parts that a part refers to.
type relations struct {
	List []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
		Mode   string `xml:"TargetMode,attr"`
	} `xml:"Relationship"`
}

// relationsOf reads what the part refers to inside the archive, as full names.
func (p parts) relationsOf(name string) (relations, error) {
	var r relations
	folder, file := path.Split(name) // the archive itself has the empty name
	err := p.decode(path.Join(folder, "_rels", file+".rels"), &r)
	for i := range r.List {
		if target := r.List[i].Target; !strings.HasPrefix(target, "/") {
			r.List[i].Target = path.Join(folder, target)
		}
	}
	return r, err
}

// byKind returns the first relation whose type ends in the word; both editions
// of the standard end alike.
func (r relations) byKind(kind string) string {
	for _, rel := range r.List {
		if strings.HasSuffix(rel.Type, "/"+kind) && rel.Mode != "External" {
			return rel.Target
		}
	}
	return ""
}

// sheetPart is a worksheet that a person sees.
type sheetPart struct{ name, part string }

// outline is what has to be known of a workbook before a sheet is read.
type outline struct {
	date1904 bool
	sheets   []sheetPart
	strings  string // part of the shared strings; empty where there are none
	percent  []bool // for each cell format whether it shows per cent
}

func (p parts) outline() (outline, error) {
	main := "xl/workbook.xml"
	if root, err := p.relationsOf(""); err == nil {
		if target := root.byKind("officeDocument"); target != "" {
			main = target
		}
	}
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := p.decode(main, &book); err != nil {
		return outline{}, err
	}
	rels, err := p.relationsOf(main)
	if err != nil {
		return outline{}, err
	}
	out := outline{date1904: book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true", strings: rels.byKind("sharedStrings")}
	for _, s := range book.Sheets {
		for _, rel := range rels.List {
			if rel.ID == s.ID && strings.HasSuffix(rel.Type, "/worksheet") && s.State != "hidden" && s.State != "veryHidden" {
				out.sheets = append(out.sheets, sheetPart{s.Name, rel.Target})
			}
		}
	}
	if len(book.Sheets) == 0 {
		return outline{}, errors.New("it has no sheet")
	}
	out.percent, err = p.percentFormats(rels.byKind("styles"))
	return out, err
}

// percentFormats tells for each cell format whether it shows a share as per
// cent. Two built-in formats do, and every custom one with the sign in it.
func (p parts) percentFormats(part string) ([]bool, error) {
	if part == "" {
		return nil, nil
	}
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := p.decode(part, &styles); err != nil {
		return nil, err
	}
	percent := map[int]bool{9: true, 10: true}
	for _, f := range styles.Formats {
		percent[f.ID] = showsPercent(f.Code)
	}
	out := make([]bool, len(styles.Cells))
	for i, c := range styles.Cells {
		out[i] = percent[c.Format]
	}
	return out, nil
}

// showsPercent looks for a per cent sign that is neither quoted nor escaped.
func showsPercent(code string) bool {
	quoted := false
	for i := 0; i < len(code); i++ {
		switch {
		case code[i] == '"':
			quoted = !quoted
		case quoted:
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case code[i] == '%':
			return true
		}
	}
	return false
}
