package sample

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"nightjar/pipeline"
)

const caseloadProvider = "career-service"

const caseloadHeader = "DatabaseId,LEACode,DateOfSend,PeriodEnd,SupplierName,YoungPersonsID,CohortStatus,GivenName,MiddleName,FamilyName," +
	"AddressLine1,AddressLine2,AddressLine3,AddressLine4,Town,County,Postcode,Gender,DateOfBirth,Ethnicity,LeadLEA,EducatedLEA," +
	"UniqueLearnerNo,UniquePupilNumber,PreviousYPIDIdentifier,GuaranteeStatusIndicator,LEACodeAtYear11,TransferredToLACode," +
	"LevelOfNeedCode,SENDFlag,SENSupportFlag,CharacteristicCode,ActivityCode,StartDate,DateAscertained,DateVerified,DueToLapseDate," +
	"CurrencyLapsed,EstablishmentNumber,EstablishmentName,UKProviderReferenceNumber,PredictedEndDate,ReviewDate,NEETStartDate,IntendedDestinationYr11\n"

// Some extracts came twice: the first one lacked people, the second is right.
var correctedMonths = map[string]bool{"2016-11": true, "2018-02": true, "2020-01": true, "2021-05": true}

// One extract was handed in again by mistake, the same bytes under another name.
const resentMonth = "2019-03"

// caseloadWriter writes one month's extract after another.
type caseloadWriter struct {
	*recorder
	in      *inbox
	buf     []byte
	printed map[pipeline.Date]string
}

// extract is one caseload file.
type extract struct {
	m     month
	sent  pipeline.Date
	first bool // the faulty first version of a corrected month
}

// write writes the extracts of a month: one, or a faulty and a right one.
func (w *caseloadWriter) write(ctx context.Context, m month) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if correctedMonths[m.String()] {
		if err := w.writeFile(extract{m, m.end() + 5, true}, "nccis_"+m.String()+".csv"); err != nil {
			return err
		}
		return w.writeFile(extract{m, m.end() + 12, false}, "nccis_"+m.String()+"_corrected.csv")
	}
	name := "nccis_" + m.String() + ".csv"
	if err := w.writeFile(extract{m, m.end() + 5, false}, name); err != nil {
		return err
	}
	if m.String() == resentMonth {
		return w.resend(m, name)
	}
	return nil
}

func (w *caseloadWriter) writeFile(e extract, name string) error {
	f, err := w.in.open("caseload", caseloadProvider, name, e.m.String(), at(e.sent, 8, 15))
	if err != nil {
		return err
	}
	f.writeLine([]byte(caseloadHeader))
	rows := 0
	var leaver *person
	for _, p := range w.people {
		switch {
		case e.first && p.id%197 == 3: // recorded too late for the first version
		case p.counted(e.m):
			rows += w.rows(f, p, &w.records[p.id], e, 'P')
		case p.caseload && p.out == e.m:
			rows += w.rows(f, p, &w.records[p.id], e, p.leave)
			leaver = p
		}
	}
	w.faults(f, e, leaver, rows)
	return w.in.close(f)
}

// faults adds the few rows that no system should have written: a repeat that
// contradicts itself (of somebody who has left, so that no figure hangs on
// it), an impossible birth date, a total.
func (w *caseloadWriter) faults(f *handIn, e extract, leaver *person, rows int) {
	switch e.m.term() {
	case 1:
		if leaver != nil {
			w.writeRow(f, leaver, &w.records[leaver.id], e, 'M', 0)
		}
	case 4:
		stray := *w.people[int(e.m)*37]
		stray.id = 900000 + int32(e.m)
		w.writeRow(f, &stray, &record{}, e, 'P', -1)
	case 7, 10:
		f.writeLine(fmt.Appendf(nil, "Total rows: %d\n", rows))
	}
}

// resend copies a file as it is.
func (w *caseloadWriter) resend(m month, name string) error {
	raw, err := os.ReadFile(filepath.Join(w.in.root, "caseload", caseloadProvider, name))
	if err != nil {
		return fmt.Errorf("sample resend: %w", err)
	}
	f, err := w.in.open("caseload", caseloadProvider, "nccis_"+m.String()+"_again.csv", m.String(), at(m.end()+50, 10, 2))
	if err != nil {
		return err
	}
	f.writeLine(raw)
	return w.in.close(f)
}

// rows writes a person's rows: one for each circumstance, one without any.
func (w *caseloadWriter) rows(f *handIn, p *person, r *record, e extract, status byte) int {
	n := 0
	for _, k := range p.marks {
		if e.m >= k.from && e.m < max(k.to, p.out+1) {
			w.writeRow(f, p, r, e, status, k.code)
			n++
		}
	}
	if n == 0 {
		w.writeRow(f, p, r, e, status, 0)
		n = 1
	}
	return n
}

// writeRow writes one line. code -1 stands for a row with an impossible birth
// date.
func (w *caseloadWriter) writeRow(f *handIn, p *person, r *record, e extract, status byte, code int) {
	if r.code == 0 { // left before anything was recorded
		r = &record{code: 810, place: -1, start: e.m.start(), recorded: e.m.start(), verified: e.m.start()}
	}
	b := w.buf[:0]
	b = append(b, "343,343,"...)
	b = w.day(b, e.sent)
	b = w.day(b, e.m.end())
	b = append(b, "Sample CCIS,"...)
	b = append(b, clientID(p.id)...)
	b = append(b, ',', status, ',')
	b = append(b, p.forename...)
	b = append(b, ",,"...)
	b = append(b, p.surname...)
	b = append(b, ",,,,,,,"...)
	b = append(b, w.geo.postcodes[p.postcodeIn(e.m)].text...)
	b = append(b, ',', p.sex, ',')
	if code < 0 {
		b = append(b, "31/02/2001,"...)
	} else {
		b = w.day(b, p.born)
	}
	b = w.identityCells(b, p, r, e)
	b = w.needCells(b, p, r, e, status, code)
	w.buf = w.activityCells(b, r, e)
	f.writeLine(w.buf)
}

func (w *caseloadWriter) identityCells(b []byte, p *person, r *record, e extract) []byte {
	b = append(b, p.ethnic...)
	b = append(b, ',')
	b = append(b, p.lea...)
	b = append(b, ',')
	if r.place >= 0 {
		b = append(b, w.land.places[r.place].la...)
	}
	b = append(b, ',')
	b = append(b, p.uln...)
	b = append(b, ',')
	b = append(b, p.upn...)
	b = append(b, ",,"...)
	return w.guaranteeCell(b, p, e)
}

// guaranteeCell writes the September Guarantee status: the new Year 12 and 13
// from September to March, Year 12 from April on.
func (w *caseloadWriter) guaranteeCell(b []byte, p *person, e extract) []byte {
	age := p.ageIn(e.m.year())
	if age == 16 || age == 17 && e.m.term() < 7 {
		switch x := mix(uint64(p.id), uint64(e.m.year())) % 100; {
		case e.m.term() >= 7 && x < 20, x < 1:
			b = append(b, "159"...)
		case x < 2:
			b = append(b, "150"...)
		default:
			b = append(b, "110"...)
		}
	}
	return append(b, ',')
}

func (w *caseloadWriter) needCells(b []byte, p *person, r *record, e extract, status byte, code int) []byte {
	b = append(b, p.educated...)
	b = append(b, ',')
	switch status {
	case 'T':
		b = append(b, neighbours[int(p.id)%len(neighbours)]...)
	case 'E':
		b = append(b, "000"...)
	}
	b = append(b, ',')
	plan := p.hasPlan(e.m) || r.code == 280 || r.code == 460
	switch {
	case r.neetStart != 0 || len(p.marks) > 1:
		b = append(b, '1')
	case plan || code > 0 || p.risk > 75:
		b = append(b, '2')
	default:
		b = append(b, '3')
	}
	b = append(b, ',', yesNo(plan), ',', yesNo(p.support && !plan), ',')
	if code > 0 {
		b = strconv.AppendInt(b, int64(code), 10)
	}
	return append(b, ',')
}

func (w *caseloadWriter) activityCells(b []byte, r *record, e extract) []byte {
	b = strconv.AppendInt(b, int64(r.code), 10)
	b = append(b, ',')
	for _, d := range [...]pipeline.Date{r.start, r.recorded, r.verified, r.lapse} {
		b = w.day(b, d)
	}
	b = append(b, yesNo(r.isLapsed(e.m.end())), ',')
	if r.place >= 0 && w.land.places[r.place].inst >= 0 {
		in := w.land.all[w.land.places[r.place].inst]
		b = append(b, in.number...)
		b = append(b, ",,"...)
		b = append(b, in.ukprn...)
		b = append(b, ',')
	} else {
		b = append(b, ",,,"...)
	}
	b = w.day(b, r.planned)
	b = w.day(b, r.review)
	b = w.day(b, r.neetStart)
	return append(b, '\n')
}

// day writes a day and a comma; a zero day is an empty cell.
func (w *caseloadWriter) day(b []byte, d pipeline.Date) []byte {
	if d != 0 {
		s, ok := w.printed[d]
		if !ok {
			s = string(appendBritish(nil, d))
			w.printed[d] = s
		}
		b = append(b, s...)
	}
	return append(b, ',')
}

func yesNo(b bool) byte {
	if b {
		return 'Y'
	}
	return 'N'
}

// at returns a time of day, UTC.
func at(d pipeline.Date, hour, minute int) time.Time {
	return d.Time().Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}
