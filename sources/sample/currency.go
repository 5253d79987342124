package sample

import "nightjar/pipeline"

// record is one activity record as the caseload system holds it. A zero day
// is an empty cell.
type record struct {
	code      int
	place     int // place to learn, -1 none
	start     pipeline.Date
	recorded  pipeline.Date // DateAscertained
	verified  pipeline.Date
	lapse     pipeline.Date // DueToLapseDate
	planned   pipeline.Date // PredictedEndDate
	review    pipeline.Date
	neetStart pipeline.Date
}

// currencyRule says when a record stops being current:
// at the end of the academic year, some months after
// it was verified, or four weeks after its review.
type currencyRule int

const (
	noLapse currencyRule = iota
	yearEnd
	twelveMonths
	sixMonths
	sixMonthsCapped
	threeMonthsCapped
	afterReview
)

func ruleOf(code int) currencyRule {
	switch code {
	case 210, 220, 230, 240, 250, 270, 280:
		return yearEnd
	case 310, 320:
		return twelveMonths
	case 330, 340, 360, 380, 381, 550:
		return sixMonths
	case 410, 430, 440, 450, 460:
		return sixMonthsCapped
	case 530:
		return threeMonthsCapped
	case 260, 290, 350, 710:
		return afterReview
	default:
		return noLapse
	}
}

// renew sets the days that follow from the day of verification. A planned end
// that has come too near is put off, as an adviser would.
func (r *record) renew() {
	yearsEnd := pipeline.AcademicYearOf(r.verified).End()
	switch ruleOf(r.code) {
	case noLapse:
		if r.code == 616 {
			r.review = addMonths(r.verified, 1)
		}
	case yearEnd:
		r.lapse, r.planned = yearsEnd, max(r.planned, yearsEnd)
	case twelveMonths:
		r.lapse = addMonths(r.verified, 12)
	case sixMonths:
		r.lapse = addMonths(r.verified, 6)
	case sixMonthsCapped:
		r.lapse = addMonths(r.verified, 6)
		r.planned = max(r.planned, r.lapse)
	case threeMonthsCapped:
		r.lapse = addMonths(r.verified, 3)
		r.planned = max(r.planned, r.lapse)
	case afterReview:
		r.review = addMonths(r.verified, 3)
		r.lapse = r.review + 28
		if r.code == 260 || r.code == 290 {
			r.planned = max(r.planned, r.lapse)
		}
	}
}

// isLapsed tells whether the record is no longer current at a month end.
func (r *record) isLapsed(end pipeline.Date) bool { return r.lapse != 0 && r.lapse < end }
