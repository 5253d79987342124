package sample

import (
	"fmt"
	"time"
)

const sefton = "E08000014"

// outsideDistrict is the authority given to the invented postcodes outside the
// borough.
const outsideDistrict = "E08000012"

// writePostcodes writes the lookups: wards of 2004 and, in the layout and with
// the codes of the later directory, wards of 2026.
func writePostcodes(in *inbox, g *geography) error {
	old, err := in.open("postcodes", "lookup", "postcodes_wards_2004.csv", "2015/16",
		time.Date(2015, time.September, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		return err
	}
	old.writeLine([]byte("pcds,oslaua,osward,ward_name\n"))
	for _, p := range g.postcodes {
		switch p.area {
		case g.unknown:
		case g.outside:
			old.writeLine(fmt.Appendf(nil, "%s,%s,,\n", p.text, outsideDistrict))
		default:
			a := g.areas[p.area]
			old.writeLine(fmt.Appendf(nil, "%s,%s,%s,%s\n", p.text, sefton, a.code, a.name))
		}
	}
	if err := in.close(old); err != nil {
		return err
	}
	recent, err := in.open("postcodes", "lookup", "postcodes_wards_2026.csv", "2022/23",
		time.Date(2023, time.August, 1, 9, 0, 0, 0, time.UTC))
	if err != nil {
		return err
	}
	recent.writeLine([]byte("Postcode,lad26cd,wd26cd,ward_name\n"))
	for _, p := range g.postcodes {
		if p.ward26 != "" {
			recent.writeLine(fmt.Appendf(nil, "%s,%s,%s,%s\n", p.text, sefton, p.ward26, g.names26[p.ward26]))
		}
	}
	return in.close(recent)
}
