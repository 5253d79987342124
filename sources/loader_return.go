package sources

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/contract"
	"nightjar/sources/snapshot"
)

// returnRules are the numbers that the monthly return gives to rules which the
// contract enforces anyway, by column and rule. A supplier who gets a list of
// refused rows knows them by these.
var returnRules = map[string]string{
	"client_id required": "1", "given_name required": "2", "family_name required": "3", "birth_date required": "8",
	"uln uln_form": "30", "upn upn_form": "38", "postcode postcode_form": "43",
	"activity_code required": "200", "activity_code unknown_code": "201", "start_date required": "202",
	"client_id " + contract.RuleRepeat: "902",
}

// numbered puts the return's own number before a rule that has one.
func numbered(r contract.Refusal) contract.Refusal {
	if n, ok := returnRules[r.Column+" "+r.Rule]; ok {
		r.Rule = "nccis_" + n + "_" + r.Rule
	}
	return r
}

// returnChecks counts, in the accepted rows of a return, what the return calls
// an error and the figures can live with. Each person counts once.
type returnChecks struct {
	activities                                           pipeline.CodeList
	client, address, postcode, database, ukprn, activity *snapshot.Vector
	periodEnd, start, ascertained, verified              *snapshot.Vector
	lapsed, send, born, cohort, neetStart, uln           *snapshot.Vector
	name                                                 []*snapshot.Vector
	ulns, names                                          *contract.Firsts

	line   int64             // of the record counted last: its rows follow each other
	counts map[string]*tally // by rule
}

// tally counts people and remembers the first one's line.
type tally struct{ people, first int64 }

// returnWarnings are the rules that are counted, of those that one return can
// decide. Left out are 903 and the others that ask for last month's return, 38
// beyond its form and 229, 230 and 909, for which the return's own year of
// compulsory schooling would have to be known. Where the return parts a rule
// into several numbers, the name holds them all.
var returnWarnings = [...]struct {
	rule, say string
	broken    func(c *returnChecks, row int) bool
}{
	{"nccis_9_10_40_academic_age", "an academic age below 15 or above 25, or above 17 without an education, health and care plan", (*returnChecks).oddAge},
	{"nccis_31_address", "no address", func(c *returnChecks, row int) bool { return c.address.IsNull(row) }},
	{"nccis_32_postcode", "no postcode", func(c *returnChecks, row int) bool { return c.postcode.IsNull(row) }},
	{"nccis_37_person_id", "an id that is not 13 digits beginning with the database's", (*returnChecks).foreignID},
	{"nccis_39_ukprn", "a UKPRN that is not 8 digits beginning with 1", (*returnChecks).oddUKPRN},
	{"nccis_203_date_ascertained", "no day on which the activity was recorded", func(c *returnChecks, row int) bool { return c.ascertained.IsNull(row) }},
	{"nccis_220_currency_lapsed", "no word whether the record has lapsed", func(c *returnChecks, row int) bool { return c.lapsed.IsNull(row) }},
	{"nccis_224_neet_start", "an activity that is NEET and no day on which being NEET began", func(c *returnChecks, row int) bool { return c.isNEET(row) && c.neetStart.IsNull(row) }},
	{"nccis_225_neet_start", "a day on which being NEET began and an activity that is not NEET", func(c *returnChecks, row int) bool { return !c.isNEET(row) && !c.neetStart.IsNull(row) }},
	{"nccis_226_251_neet_start", "a day on which being NEET began after the activity did, or before the fifteenth birthday", (*returnChecks).oddNEETStart},
	{"nccis_237_242_256_305_date_order", "days that are not in the order start, ascertained, verified, period end", (*returnChecks).disordered},
	{"nccis_254_255_send_flag", "an activity for people with a plan, without the flag", (*returnChecks).unflagged},
	{"nccis_907_uln_shared", "a ULN that the return gives to another person too", func(c *returnChecks, row int) bool {
		return !c.uln.IsNull(row) && c.ulns.Another([]*snapshot.Vector{c.uln}, c.client, row)
	}},
	{"nccis_908_same_person", "the names and the birth date of another record", func(c *returnChecks, row int) bool { return c.names.Another(c.name, c.client, row) }},
}

func newReturnChecks(b *snapshot.Batch, activities pipeline.CodeList, scratch string) *returnChecks {
	return &returnChecks{
		activities: activities,
		born:       b.Column("birth_date"), cohort: b.Column("cohort_status"), neetStart: b.Column("neet_start_date"), uln: b.Column("uln"),
		name: []*snapshot.Vector{b.Column("given_name"), b.Column("family_name"), b.Column("birth_date")},
		ulns: contract.NewFirsts(scratch), names: contract.NewFirsts(scratch),
		counts: make(map[string]*tally),
		client: b.Column("client_id"), address: b.Column("address_line_1"), postcode: b.Column("postcode"), database: b.Column("database_id"),
		ukprn: b.Column("ukprn"), activity: b.Column("activity_code"), periodEnd: b.Column("period_end"), start: b.Column("start_date"),
		ascertained: b.Column("ascertained_date"), verified: b.Column("verified_date"), lapsed: b.Column("currency_lapsed"), send: b.Column("send_flag"),
	}
}

// row looks at an accepted row.
func (c *returnChecks) row(row int, line int64) {
	if line == c.line {
		return
	}
	c.line = line
	for _, w := range returnWarnings {
		if !w.broken(c, row) {
			continue
		}
		if c.counts[w.rule] == nil {
			c.counts[w.rule] = &tally{first: line}
		}
		c.counts[w.rule].people++
	}
}

// close lets go of what was remembered of people.
func (c *returnChecks) close() error {
	if c == nil {
		return nil
	}
	return errors.Join(c.ulns.Close(), c.names.Close())
}

func (c *returnChecks) notices() []pipeline.Issue {
	var out []pipeline.Issue
	for _, w := range returnWarnings {
		if n := c.counts[w.rule]; n != nil {
			out = append(out, pipeline.Issue{Line: n.first, Rule: w.rule, Say: fmt.Sprintf("%d record(s) have %s", n.people, w.say),
				Hint: "have them put right in the caseload system"})
		}
	}
	return out
}

func allDigits(text string, length int) bool {
	return len(text) == length && strings.Trim(text, "0123456789") == ""
}

func (c *returnChecks) foreignID(row int) bool {
	id := string(c.client.Text(row))
	if !allDigits(id, 13) {
		return true
	}
	return !c.database.IsNull(row) && !strings.HasPrefix(id, string(c.database.Text(row)))
}

func (c *returnChecks) oddUKPRN(row int) bool {
	if c.ukprn.IsNull(row) {
		return false
	}
	text := string(c.ukprn.Text(row))
	return !allDigits(text, 8) || text[0] != '1'
}

func (c *returnChecks) disordered(row int) bool {
	last := pipeline.Date(-1 << 31)
	for _, v := range []*snapshot.Vector{c.start, c.ascertained, c.verified, c.periodEnd} {
		if v.IsNull(row) {
			continue
		}
		day, _ := v.Date(row)
		if day < last {
			return true
		}
		last = day
	}
	return false
}

// unflagged is true for specialist education and supported internships, which
// are for people with an education, health and care plan.
func (c *returnChecks) unflagged(row int) bool {
	code := string(c.activity.Text(row))
	return (code == "280" || code == "460") && !c.send.IsTrue(row)
}

// oddAge tells whether somebody counted in the cohort is too young or too old
// for the return. The academic age is that on the last 31 August.
func (c *returnChecks) oddAge(row int) bool {
	born, okBorn := c.born.Date(row)
	end, okEnd := c.periodEnd.Date(row)
	if !okBorn || !okEnd || string(c.cohort.Text(row)) != "P" {
		return false
	}
	y, m, _ := end.YMD()
	if m < time.September {
		y--
	}
	by, bm, _ := born.YMD()
	age := y - by
	if bm > time.August {
		age--
	}
	return age < 15 || age > 25 || age > 17 && !c.send.IsTrue(row)
}

// groupNEET is the headline group of the activity codes that count as NEET.
const groupNEET = "NEET"

// isNEET tells whether the activity is one of those that count as NEET, by the
// reference list of activity codes.
func (c *returnChecks) isNEET(row int) bool {
	return c.activities.Group(c.activity.Text(row)) == groupNEET
}

func (c *returnChecks) oddNEETStart(row int) bool {
	began, ok := c.neetStart.Date(row)
	if !ok || !c.isNEET(row) {
		return false
	}
	if start, ok := c.start.Date(row); ok && began > start {
		return true
	}
	born, ok := c.born.Date(row)
	if !ok {
		return false
	}
	y, m, d := born.YMD()
	return began < pipeline.NewDate(y+15, m, d)
}
