package tabular

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// returnHeader is the header under which a return's elements are handed out:
// the flat form that suppliers write of the same return.
var returnHeader = []string{
	"DatabaseId", "LEACode", "DateOfSend", "PeriodEnd", "SupplierName", "YoungPersonsID", "CohortStatus",
	"GivenName", "MiddleName", "FamilyName", "AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "Town", "County", "Postcode",
	"Gender", "DateOfBirth", "Ethnicity", "LeadLEA", "EducatedLEA", "UniqueLearnerNo", "UniquePupilNumber", "PreviousYPIDIdentifier",
	"GuaranteeStatusIndicator", "LEACodeAtYear11", "TransferredToLACode", "LevelOfNeedCode", "SENDFlag", "SENSupportFlag", "CharacteristicCode",
	"ActivityCode", "StartDate", "DateAscertained", "DateVerified", "DueToLapseDate", "CurrencyLapsed", "EstablishmentNumber", "EstablishmentName",
	"UKProviderReferenceNumber", "PredictedEndDate", "ReviewDate", "NEETStartDate", "IntendedDestinationYr11",
}

// returnAliases are element names of other years' schemas and other suppliers.
var returnAliases = map[string]string{
	"youngpersonid": "YoungPersonsID", "ypid": "YoungPersonsID", "dob": "DateOfBirth", "birthdate": "DateOfBirth", "sex": "Gender",
	"leadla": "LeadLEA", "leadlacode": "LeadLEA", "educatedla": "EducatedLEA", "educatedlacode": "EducatedLEA", "lacode": "LEACode",
	"uniquelearnernumber": "UniqueLearnerNo", "uln": "UniqueLearnerNo", "upn": "UniquePupilNumber", "previousypid": "PreviousYPIDIdentifier",
	"guaranteestatus": "GuaranteeStatusIndicator", "lacodeatyear11": "LEACodeAtYear11", "transferredtoleacode": "TransferredToLACode",
	"characteristic": "CharacteristicCode", "ukprn": "UKProviderReferenceNumber", "intendeddestination": "IntendedDestinationYr11",
	"forename": "GivenName", "surname": "FamilyName", "duetolapse": "DueToLapseDate", "providerreferencenumber": "UKProviderReferenceNumber",
}

// unusedElements hold what the flat form has no use for.
var unusedElements = map[string]bool{"supplierxmlversion": true, "xmlschemaversion": true}

// returnFields finds the cell of an element by its folded name.
var returnFields = func() map[string]int {
	out := make(map[string]int)
	for i, name := range returnHeader {
		out[pipeline.FoldWord(name)] = i
	}
	for alias, name := range returnAliases {
		out[alias] = out[pipeline.FoldWord(name)]
	}
	return out
}()

const (
	maxElements = 64   // depth of elements
	maxRowsEach = 1000 // rows of one person
)

// nccisRows reads a return as rows of its flat form: one row per person,
// activity and characteristic. A person's line is that of the record's first
// tag.
type nccisRows struct {
	limit   *tokenLimit
	xml     *xml.Decoder
	path    []string // folded names of the open elements
	text    strings.Builder
	leaf    bool // the open element has had no element inside
	shared  []string
	sources map[string]bool // authorities that the file header names

	inRecord   bool
	line       int64
	person     []string
	activities [][]string // cells of each activity
	traits     []string
	queue      []Record
	begun      bool
	unknown    map[string]bool
}

func newNCCISRows(limit *tokenLimit) *nccisRows {
	return &nccisRows{
		limit: limit, xml: newDecoder(limit), shared: make([]string, len(returnHeader)),
		sources: map[string]bool{}, unknown: map[string]bool{},
	}
}

// Next returns the header, then the rows.
func (r *nccisRows) Next() (Record, error) {
	if !r.begun {
		r.begun = true
		return Record{Line: 1, Cells: bytesOf(returnHeader)}, nil
	}
	for len(r.queue) == 0 {
		r.limit.read = 0
		token, err := r.xml.Token()
		switch {
		case errors.Is(err, io.EOF):
			return Record{}, io.EOF
		case err != nil:
			return Record{}, r.fault(err)
		}
		if err := r.take(token); err != nil {
			return Record{}, brokenXML(err)
		}
	}
	rec := r.queue[0]
	r.queue = r.queue[1:]
	return rec, nil
}

// fault tells a broken text, which stays broken, from a disk that fails. What
// the decoder says may repeat the text, so only the line is told.
func (r *nccisRows) fault(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return brokenXML(fmt.Errorf("its markup is wrong in line %d", syntax.Line))
	case errors.Is(err, errLongToken):
		return brokenXML(err)
	default:
		return err
	}
}

func bytesOf(texts []string) [][]byte {
	out := make([][]byte, len(texts))
	for i, t := range texts {
		out[i] = []byte(t)
	}
	return out
}

func (r *nccisRows) take(token xml.Token) error {
	switch t := token.(type) {
	case xml.Directive:
		return errDoctype
	case xml.StartElement:
		return r.open(t)
	case xml.CharData:
		if r.leaf {
			r.text.Write(t)
		}
	case xml.EndElement:
		return r.close()
	}
	return nil
}

func (r *nccisRows) open(t xml.StartElement) error {
	if len(r.path) == maxElements {
		return errors.New("its elements stand too deep in each other")
	}
	name := pipeline.FoldWord(t.Name.Local)
	switch {
	case name == "youngpersonsrecord" || name == "youngpersonrecord":
		line, _ := r.xml.InputPos()
		r.inRecord, r.line = true, int64(line)
		r.person = append(r.person[:0], r.shared...)
		r.activities, r.traits = nil, nil
	case r.inRecord && r.parent() == "activities":
		r.activities = append(r.activities, make([]string, len(returnHeader)))
	}
	r.path = append(r.path, name)
	r.text.Reset()
	r.leaf = true
	return nil
}

func (r *nccisRows) parent() string {
	if len(r.path) == 0 {
		return ""
	}
	return r.path[len(r.path)-1]
}

func (r *nccisRows) close() error {
	name := r.parent()
	r.path = r.path[:len(r.path)-1]
	if r.leaf {
		r.value(name, strings.TrimSpace(r.text.String()))
	}
	r.leaf = false
	if name == "youngpersonsrecord" || name == "youngpersonrecord" {
		r.inRecord = false
		return r.rows()
	}
	return nil
}

// value puts the text of an element into its cell.
func (r *nccisRows) value(name, text string) {
	cell, known := returnFields[name]
	if !known {
		if text != "" && !unusedElements[name] {
			r.unknown[name] = true
		}
		return
	}
	if text == "" {
		return
	}
	switch head := returnHeader[cell]; {
	case !r.inRecord:
		r.fileHeader(cell, text)
	case head == "LEACode" && r.parent() == "year11":
		r.person[returnFields["leacodeatyear11"]] = text
	case head == "LEACode" && r.parent() == "year12":
		// The guarantee of Year 12 goes by residence, which LeadLEA tells.
	case head == "CharacteristicCode":
		r.traits = append(r.traits, text)
	case len(r.activities) > 0 && slices.Contains(r.path, "activities"):
		r.activities[len(r.activities)-1][cell] = text
	default:
		r.person[cell] = text
	}
}

// fileHeader keeps what holds for every record. Where the header names several
// authorities, it does not say whose a record is.
func (r *nccisRows) fileHeader(cell int, text string) {
	r.shared[cell] = text
	if returnHeader[cell] != "LEACode" {
		return
	}
	if r.sources[text] = true; len(r.sources) > 1 {
		r.shared[cell] = ""
	}
}

// rows makes the rows of a person.
func (r *nccisRows) rows() error {
	activities, traits := r.activities, r.traits
	if len(activities) == 0 {
		activities = [][]string{nil}
	}
	if len(traits) == 0 {
		traits = []string{""}
	}
	if len(activities)*len(traits) > maxRowsEach {
		return fmt.Errorf("the record in line %d has more activities and characteristics than anybody", r.line)
	}
	for _, activity := range activities {
		for _, trait := range traits {
			row := slices.Clone(r.person)
			for i, text := range activity {
				if text != "" {
					row[i] = text
				}
			}
			row[returnFields["characteristiccode"]] = trait
			cells := bytesOf(row)
			for i, c := range cells {
				if needsCleaning(c) {
					cells[i] = clean(c)
				}
			}
			r.queue = append(r.queue, Record{Line: r.line, Cells: cells})
		}
	}
	return nil
}

// Notes names the elements that were left out.
func (r *nccisRows) Notes() []Note {
	if len(r.unknown) == 0 {
		return nil
	}
	const shown = 20
	names := slices.Sorted(maps.Keys(r.unknown))
	return []Note{{Rule: "unknown_element", Say: fmt.Sprintf("%d element(s) are not known and were left out: %s",
		len(names), strings.Join(names[:min(shown, len(names))], ", "))}}
}

// Close does nothing: the file is closed by its owner.
func (r *nccisRows) Close() error { return nil }
