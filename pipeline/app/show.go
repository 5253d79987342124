package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"nightjar/pipeline"
	"nightjar/transforms"
)

// Question asks for rows of a published table.
type Question struct {
	Mart  string // neet_rates, or meta.files
	Where string // condition in SQL, may be empty
	Limit int    // 0: all rows
}

// warehouseFile returns the file that readers see now.
func (a *App) warehouseFile(ctx context.Context) (string, error) {
	pub, ok, err := a.publisher().Current(ctx)
	if err != nil {
		return "", fmt.Errorf("published folder: %w", err)
	}
	if !ok {
		return "", fmt.Errorf("nothing is published in %s yet; nightjar run --config %s does it", a.published(), a.ConfigPath)
	}
	return pub.Warehouse, nil
}

// Show returns rows of a published table.
func (a *App) Show(ctx context.Context, q Question) (transforms.Result, error) {
	path, err := a.warehouseFile(ctx)
	if err != nil {
		return transforms.Result{}, err
	}
	return transforms.Query(ctx, path, q.Mart, q.Where, q.Limit)
}

// Tables lists what is published.
func (a *App) Tables(ctx context.Context) ([]transforms.TableInfo, error) {
	path, err := a.warehouseFile(ctx)
	if err != nil {
		return nil, err
	}
	return transforms.Tables(ctx, path)
}

// Answers are the headline figures of what is published now, ready to print.
type Answers struct {
	Warehouse string // file for SQL
	Exports   []string
	Rates     []Values // latest month, bands 16-17 and 16-18, both bases
	Gap       Values   // latest month's ward gap, nil when there is none
	Groups    []Group  // our authority among others
	Trend     []Values // December to February by academic year
	Synthetic bool     // a figure above rests on synthetic rows
}

// Values is one row by column name.
type Values map[string]any

// Text returns a column as text, empty when null.
func (v Values) Text(column string) string {
	s, _ := v[column].(string)
	return s
}

// Number returns a column as a number; false when null.
func (v Values) Number(column string) (float64, bool) {
	switch x := v[column].(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	default:
		return 0, false
	}
}

// Group is our authority among the areas of one comparison.
type Group struct {
	Name, Vintage, Period string
	Areas                 []Values
}

// Answers reads the headline figures.
func (a *App) Answers(ctx context.Context) (Answers, error) {
	pub, ok, err := a.publisher().Current(ctx)
	if err != nil || !ok {
		return Answers{}, err
	}
	out := Answers{Warehouse: pub.Warehouse, Exports: pub.Exports}
	for _, q := range []struct {
		mart, where string
		into        *[]Values
	}{
		{"neet_rates", "month_end = (select max(month_end) from marts.neet_rates) and age_band in ('16-17', '16-18')", &out.Rates},
		{"yearly_trends", "period_kind = 'three_month' and age_band = '16-17' and basis = 'recorded' and measure in ('combined_percent', 'neet_percent', 'not_known_percent') and value is not null", &out.Trend},
	} {
		if *q.into, err = a.rows(ctx, pub, q.mart, q.where); err != nil {
			return out, err
		}
	}
	gaps, err := a.rows(ctx, pub, "ward_gaps", "measure = 'neet' and basis = 'recorded' and age_band = '16-18' and gap_points is not null and month_end = (select max(month_end) from marts.ward_gaps where gap_points is not null)")
	if err != nil {
		return out, err
	}
	if len(gaps) > 0 {
		out.Gap = gaps[0]
	}
	for _, name := range []string{"lcr", "statistical_neighbours"} {
		g, err := a.group(ctx, pub, name)
		if err != nil {
			return out, err
		}
		if len(g.Areas) > 0 {
			out.Groups = append(out.Groups, g)
		}
	}
	return out, nil
}

// group reads the newest published ranking of the combined rate in one group.
func (a *App) group(ctx context.Context, pub pipeline.Publication, name string) (Group, error) {
	of := fmt.Sprintf("measure = 'combined_percent' and period_kind = 'three_month' and source_kind = 'published' and comparison_group = '%s'", name)
	newest := fmt.Sprintf("%s and period = (select max(period) from marts.area_comparisons where %s and value_percent is not null)", of, of)
	rows, err := a.rows(ctx, pub, "area_comparisons", newest+" and rank_best is not null")
	if err != nil || len(rows) == 0 {
		return Group{}, err
	}
	// Several lists or files may cover the period; one ranking is one of each.
	pick := rows[0]
	for _, r := range rows {
		if r.Text("list_vintage") > pick.Text("list_vintage") {
			pick = r
		}
	}
	g := Group{Name: name, Vintage: pick.Text("list_vintage"), Period: pick.Text("period")}
	for _, r := range rows {
		if r.Text("list_vintage") == g.Vintage && r.Text("source_file") == pick.Text("source_file") {
			g.Areas = append(g.Areas, r)
		}
	}
	sortByNumber(g.Areas, "rank_best", "area_name")
	return g, nil
}

func (a *App) rows(ctx context.Context, pub pipeline.Publication, mart, where string) ([]Values, error) {
	res, err := transforms.Query(ctx, pub.Warehouse, mart, where, 0)
	if err != nil {
		return nil, fmt.Errorf("headline figures: %w", err)
	}
	out := make([]Values, len(res.Rows))
	for i, r := range res.Rows {
		out[i] = make(Values, len(r))
		for j, v := range r {
			out[i][res.Columns[j].Name] = v
		}
	}
	return out, nil
}

func sortByNumber(rows []Values, number, name string) {
	slices.SortFunc(rows, func(a, b Values) int {
		x, _ := a.Number(number)
		y, _ := b.Number(number)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.Text(name), b.Text(name)))
	})
}
