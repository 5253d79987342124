package sample

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

//go:embed data/*.csv
var files embed.FS

// A target is how many residents of one academic age are what at one month
// end. lapsed is a part of notKnown; excluded stands outside the cohort.
type target struct {
	cohort, workBased, reengaging, other, neet, notKnown, lapsed, excluded int
}

// A groupTarget is how many people with a circumstance are what.
type groupTarget struct {
	month          month
	code           int // 0 stands for a plan (SEND)
	sex            byte
	minAge, maxAge int
	count          [4]int // by class: EET, NEET, other, not known
}

// A gap is a difference between the highest and the lowest ward, 16–18 NEET,
// in tenths of a point.
type gap struct {
	highest, lowest int // area numbers
	tenths          int
}

// guarantee is the September Guarantee of one calendar year: how many are on
// the rolls and how many of them have an offer.
type guarantee struct{ y11, y11Offers, y12, y12Offers int }

// targets is everything the sample has to come out at.
type targets struct {
	ages      [allMonths][4]target // 16, 17, 18, and 19 to 24 with a plan
	groups    []groupTarget
	gaps      map[month]gap
	guarantee map[int]guarantee

	engagement map[month]engagementTarget
	days       []daysTarget
	surveys    []surveyTarget
	support    []supportTarget
	registers  []registerTarget
}

// table reads an embedded file into rows of named cells.
func table(name string) ([]map[string]string, error) {
	raw, err := files.ReadFile("data/" + name)
	if err != nil {
		return nil, fmt.Errorf("sample table %s: %w", name, err)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("sample table %s: %w", name, err)
	}
	var out []map[string]string
	for _, rec := range records[1:] {
		row := make(map[string]string, len(rec))
		for i, cell := range rec {
			row[records[0][i]] = cell
		}
		out = append(out, row)
	}
	return out, nil
}

// numbers reads the named cells of a row.
func numbers(row map[string]string, names string, into ...*int) error {
	for i, name := range strings.Fields(names) {
		n, err := strconv.Atoi(row[name])
		if err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		*into[i] = n
	}
	return nil
}

func readTargets(areas []area) (*targets, error) {
	t := &targets{gaps: map[month]gap{}, guarantee: map[int]guarantee{}, engagement: map[month]engagementTarget{}}
	for _, part := range []struct {
		name string
		read func(map[string]string) error
	}{
		{"targets.csv", t.readAge},
		{"groups.csv", t.readGroup},
		{"send.csv", t.readPlan},
		{"guarantee.csv", t.readGuarantee},
		{"engagement.csv", t.readEngagement},
		{"days_neet.csv", t.readDays},
		{"survey.csv", t.readSurvey},
		{"early_intervention.csv", t.readSupport},
		{"registers.csv", t.readRegister},
		{"ward_gaps.csv", func(row map[string]string) error { return t.readGap(row, areas) }},
	} {
		rows, err := table(part.name)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if err := part.read(row); err != nil {
				return nil, fmt.Errorf("sample table %s: %w", part.name, err)
			}
		}
	}
	return t, nil
}

func (t *targets) readAge(row map[string]string) error {
	m, err := monthOf(row["month"])
	if err != nil {
		return err
	}
	var age int
	var g target
	err = numbers(row, "age cohort work_based reengaging other neet not_known lapsed excluded",
		&age, &g.cohort, &g.workBased, &g.reengaging, &g.other, &g.neet, &g.notKnown, &g.lapsed, &g.excluded)
	if err != nil {
		return err
	}
	if age < 16 || age > 19 {
		return fmt.Errorf("age %d is not tracked", age)
	}
	t.ages[m][age-16] = g
	return nil
}

func (t *targets) readGroup(row map[string]string) error {
	m, err := monthOf(row["month"])
	if err != nil {
		return err
	}
	g := groupTarget{month: m}
	if row["sex"] != "" {
		g.sex = row["sex"][0]
	}
	err = numbers(row, "code min_age max_age eet neet other not_known",
		&g.code, &g.minAge, &g.maxAge, &g.count[0], &g.count[1], &g.count[2], &g.count[3])
	t.groups = append(t.groups, g)
	return err
}

func (t *targets) readPlan(row map[string]string) error {
	m, err := monthOf(row["month"])
	if err != nil {
		return err
	}
	g := groupTarget{month: m}
	err = numbers(row, "age age eet neet other not_known",
		&g.minAge, &g.maxAge, &g.count[0], &g.count[1], &g.count[2], &g.count[3])
	t.groups = append(t.groups, g)
	return err
}

func (t *targets) readGuarantee(row map[string]string) error {
	var y int
	var g guarantee
	err := numbers(row, "guarantee_year y11 y11_offers y12 y12_offers", &y, &g.y11, &g.y11Offers, &g.y12, &g.y12Offers)
	t.guarantee[y] = g
	return err
}

func (t *targets) readGap(row map[string]string, areas []area) error {
	m, err := monthOf(row["month"])
	if err != nil {
		return err
	}
	g := gap{highest: -1, lowest: -1}
	for i, a := range areas {
		switch a.code {
		case row["highest_ward"]:
			g.highest = i
		case row["lowest_ward"]:
			g.lowest = i
		}
	}
	if g.highest < 0 || g.lowest < 0 {
		return fmt.Errorf("month %s names a ward that wards.csv does not hold", m)
	}
	if err := numbers(row, "gap_tenths", &g.tenths); err != nil {
		return err
	}
	t.gaps[m] = g
	return nil
}
