package sample

import (
	"fmt"
	"strconv"
	"strings"
)

// An area is a ward, or one of the two places that are not wards: outside the
// borough, and unknown.
type area struct {
	code, name string
	sector     string // PR8 0
	share      int    // of the residents
	neetWeight int    // how much more often than others its people are NEET
	wards2026  []splitWard
}

// splitWard is a ward of 2026 that takes share per cent of an old ward.
type splitWard struct {
	code  string
	share int
}

// postcode is one invented postcode.
type postcode struct {
	text   string
	area   int
	ward26 string // empty outside the borough
}

// geography is where people of the sample live.
type geography struct {
	areas     []area
	outside   int // area numbers of the two that are not wards
	unknown   int
	postcodes []postcode
	first     []int // first postcode of each area
	names26   map[string]string
}

const (
	perWard     = 60
	perOutside  = 20
	unknownCode = "ZZ99 9ZZ"
	inward      = "ABDEFGHJLNPQRSTUWXYZ" // letters that real inward codes use
)

func readGeography(ch chance) (*geography, error) {
	rows, err := table("wards.csv")
	if err != nil {
		return nil, err
	}
	g := &geography{}
	for i, row := range rows {
		a := area{code: row["ward_code"], name: row["ward_name"], sector: row["sectors"]}
		if err := numbers(row, "share neet_weight", &a.share, &a.neetWeight); err != nil {
			return nil, fmt.Errorf("sample table wards.csv: %w", err)
		}
		switch a.code {
		case "outside":
			g.outside = i
		case "unknown":
			g.unknown = i
		}
		for part := range strings.SplitSeq(row["wards_2026"], ";") {
			code, share, ok := strings.Cut(part, ":")
			if !ok {
				continue
			}
			n, err := strconv.Atoi(share)
			if err != nil {
				return nil, fmt.Errorf("sample table wards.csv, %s: %w", a.code, err)
			}
			a.wards2026 = append(a.wards2026, splitWard{code, n})
		}
		g.areas = append(g.areas, a)
	}
	g.invent(ch)
	return g, g.readNames()
}

func (g *geography) readNames() error {
	rows, err := table("wards_2026.csv")
	g.names26 = make(map[string]string, len(rows))
	for _, row := range rows {
		g.names26[row["ward_code"]] = row["ward_name"]
	}
	return err
}

// invent makes up the postcodes of each area: the letters of a sector that no
// real address is known to use.
func (g *geography) invent(ch chance) {
	for i, a := range g.areas {
		g.first = append(g.first, len(g.postcodes))
		if i == g.unknown {
			g.postcodes = append(g.postcodes, postcode{unknownCode, i, ""})
			continue
		}
		count := perWard
		if i == g.outside {
			count = perOutside
		}
		for _, n := range ch.Perm(len(inward) * len(inward))[:count] {
			p := postcode{text: a.sector + string(inward[n/len(inward)]) + string(inward[n%len(inward)]), area: i}
			if len(a.wards2026) > 0 {
				p.ward26 = a.split(ch.IntN(100))
			}
			g.postcodes = append(g.postcodes, p)
		}
	}
	g.first = append(g.first, len(g.postcodes))
}

// split returns the ward of 2026 at the given per cent of an old ward.
func (a area) split(percent int) string {
	for _, w := range a.wards2026 {
		if percent -= w.share; percent < 0 {
			return w.code
		}
	}
	return a.wards2026[0].code
}

// home draws a postcode: an area by its share, then a postcode in it.
func (g *geography) home(ch chance) int32 {
	shares := make([]int, len(g.areas))
	for i, a := range g.areas {
		shares[i] = a.share
	}
	return g.within(ch, ch.weighted(shares))
}

// within draws a postcode of one area.
func (g *geography) within(ch chance, a int) int32 {
	return int32(ch.between(g.first[a], g.first[a+1]-1))
}
