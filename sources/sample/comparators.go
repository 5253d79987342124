package sample

import (
	"embed"
	"fmt"
	"time"
)

// The published values are facts re-typed from the Department for Education's
// NEET scorecard and LAIT ("Contains public sector information licensed under
// the Open Government Licence v3.0"); every row names its publication.
//
//go:embed comparators/*.csv
var published embed.FS

// writePublished hands in the published comparators and the neighbour list of
// April 2021.
func writePublished(in *inbox) error {
	for _, f := range []struct {
		from, dataset, provider, period string
		when                            time.Time
	}{
		{"dfe_2021.csv", "comparators", "dfe", "2020/21", time.Date(2021, time.July, 8, 9, 30, 0, 0, time.UTC)},
		{"dfe_2022.csv", "comparators", "dfe", "2021/22", time.Date(2022, time.July, 7, 9, 30, 0, 0, time.UTC)},
		{"dfe_2023.csv", "comparators", "dfe", "2022/23", time.Date(2023, time.July, 6, 9, 30, 0, 0, time.UTC)},
		{"neighbours_2021-04.csv", "statistical_neighbours", "dfe", "2021-04", time.Date(2021, time.April, 20, 9, 30, 0, 0, time.UTC)},
	} {
		raw, err := published.ReadFile("comparators/" + f.from)
		if err != nil {
			return fmt.Errorf("sample comparators: %w", err)
		}
		h, err := in.open(f.dataset, f.provider, f.from, f.period, f.when)
		if err != nil {
			return err
		}
		h.writeLine(raw)
		if err := in.close(h); err != nil {
			return err
		}
	}
	return nil
}
