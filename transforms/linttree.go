package transforms

import (
	"encoding/json"
	"slices"
	"strings"
)

// helpers are the functions of sql/macros; every engine gets them under the
// same names.
var helpers = []string{"days_between", "djf_year", "month_no", "month_start", "percent_of", "q9"}

// portableFunctions are the functions and operators that DuckDB, Trino and
// Spark answer alike. Some have a condition of their own below.
var portableFunctions = map[string]bool{}

func init() {
	for _, name := range slices.Concat(helpers, strings.Fields(`
		+ - * / % || ~~ !~~
		count count_star sum min max avg bool_or bool_and stddev_samp corr regr_slope
		row_number rank dense_rank percent_rank ntile lag lead first_value last_value
		abs floor ceil ceiling round sqrt power ln exp nullif coalesce
		upper lower trim ltrim rtrim length substr substring replace position lpad rpad split_part
		date_part date_trunc grouping`)) {
		portableFunctions[name] = true
	}
}

// lintScope is what a rule must know about the surroundings of a node.
type lintScope struct {
	at       int
	cast     string // type of the nearest CAST around the expression, within the same SELECT
	direct   string // type of the CAST that is the direct parent
	interval bool   // inside the tree of an INTERVAL literal
}

func (l *linter) tree(tree any, sc lintScope) {
	switch v := tree.(type) {
	case []any:
		for _, item := range v {
			l.tree(item, sc)
		}
	case node:
		l.node(v, sc)
	}
}

func (l *linter) node(n node, sc lintScope) {
	if at := location(n); at >= 0 {
		sc.at = at
	}
	kind := str(n, "type")
	switch str(n, "class") {
	case "FUNCTION":
		l.function(n, sc)
		sc.interval = sc.interval || strings.HasPrefix(str(n, "function_name"), "to_")
	case "WINDOW":
		l.window(n, sc)
	case "CAST":
		l.cast(n, sc)
	case "STAR":
		l.star(n, sc)
	case "COLUMN_REF":
		l.columnRef(n, sc)
	case "OPERATOR":
		if !slices.Contains(portableOperators, kind) {
			l.complain(sc.at, "operator", strings.ToLower(kind)+" is not portable", "lists and structs are no part of models")
		}
	case "", "CONSTANT", "CASE", "COMPARISON", "CONJUNCTION", "BETWEEN", "SUBQUERY":
		l.shape(n, kind, sc)
	default:
		l.complain(sc.at, "expression", strings.ToLower(str(n, "class"))+" expressions are not portable", "")
	}
	l.descend(n, kind, sc)
}

// descend goes on with the children: a SELECT inside forgets the CAST outside.
func (l *linter) descend(n node, kind string, sc lintScope) {
	sc.direct = ""
	switch {
	case str(n, "class") == "CAST":
		sc.cast = str(sub(n, "cast_type"), "id")
		sc.direct = sc.cast
	case strings.HasSuffix(kind, "_NODE") || str(n, "class") == "SUBQUERY":
		sc.cast, sc.interval = "", false
	}
	if _, ordered := n["null_order"]; ordered && str(n, "null_order") == "ORDER_DEFAULT" {
		l.complain(firstLocation(n, sc.at), "nulls", "ORDER BY without NULLS FIRST or LAST, whose default differs", "write NULLS LAST")
	}
	for _, key := range sortedKeys(n) {
		if key == "cast_type" || key == "value" && str(n, "class") == "CONSTANT" {
			continue // a type and a literal hold no expressions
		}
		l.tree(n[key], sc)
	}
}

var portableOperators = []string{
	"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE", "OPERATOR_NULLIF",
	"COMPARE_IN", "COMPARE_NOT_IN", "GROUPING_FUNCTION",
}

func firstLocation(n node, otherwise int) int {
	found := -1
	walk(n, -1, func(_ node, at int) {
		if found < 0 {
			found = at
		}
	})
	if found < 0 {
		return otherwise
	}
	return found
}

func (l *linter) function(n node, sc lintScope) {
	name := str(n, "function_name")
	kids := list(n, "children")
	if sc.interval || strings.HasPrefix(name, "to_") { // an INTERVAL literal; the tokens judged its form
		return
	}
	if !portableFunctions[name] {
		l.complain(sc.at, "function", "function "+name+" is not on the list of portable functions", functionHint(name))
		return
	}
	if len(list(sub(n, "order_bys"), "orders")) > 0 {
		l.complain(sc.at, "aggregate", "ORDER BY inside "+name, "number the rows first")
	}
	switch name {
	case "/":
		l.division(kids, sc)
	case "sum":
		l.sum(kids, sc)
	case "avg":
		if !castTo(kids, "DOUBLE") {
			l.complain(sc.at, "avg", "avg of something that is not CAST AS DOUBLE", "write avg(CAST(x AS DOUBLE))")
		}
	case "round":
		if !castTo(kids, "DECIMAL") {
			l.complain(sc.at, "round", "models do not round", "leave it to the display; if it must be, round(CAST(x AS DECIMAL(18, 6)), 2)")
		}
	case "date_trunc":
		if sc.direct != "DATE" {
			l.complain(sc.at, "date_trunc", "date_trunc gives a timestamp here and a date there", "write CAST(date_trunc('month', d) AS DATE) or month_start(d)")
		}
	case "date_part":
		if !slices.Contains([]string{"year", "month", "day", "quarter"}, strings.ToLower(constantText(kids))) {
			l.complain(sc.at, "extract", "extract of a part that engines number differently", "extract YEAR, MONTH, DAY or QUARTER")
		}
	}
}

func functionHint(name string) string {
	switch {
	case strings.HasPrefix(name, "regexp_"):
		return "regular expressions belong to ingest"
	case slices.Contains([]string{"arg_max", "arg_min", "max_by", "min_by", "first", "last", "any_value"}, name):
		return "number the rows with row_number() in a total order and keep the first"
	case slices.Contains([]string{"greatest", "least"}, name):
		return "write CASE: engines differ when one of them is null"
	case slices.Contains([]string{"date_diff", "datediff", "date_sub"}, name):
		return "use days_between or month_no"
	case slices.Contains([]string{"now", "get_current_timestamp", "today"}, name):
		return "the build's day is ref.build.as_at"
	case slices.Contains([]string{"median", "quantile", "quantile_cont", "quantile_disc"}, name):
		return "number the rows and take the middle"
	case slices.Contains([]string{"left", "right"}, name):
		return "use substr"
	case name == "concat":
		return "use || with coalesce"
	}
	return "sql/README.md says what to use instead"
}

// division allows CAST(n AS DOUBLE) / nullif(d, 0) and division by a number
// that is not zero.
func (l *linter) division(kids []any, sc lintScope) {
	if len(kids) == 2 && isDouble(kids[0]) && neverZero(kids[1]) {
		return
	}
	l.complain(sc.at, "division", "division whose result depends on the engine",
		"write percent_of(n, d) or CAST(n AS DOUBLE) / nullif(d, 0)")
}

func isDouble(e any) bool {
	n, _ := e.(node)
	switch {
	case str(n, "class") == "CAST":
		return str(sub(n, "cast_type"), "id") == "DOUBLE"
	case str(n, "function_name") == "sqrt", str(n, "function_name") == "percent_of":
		return true
	case str(n, "class") == "FUNCTION" && slices.Contains([]string{"*", "+", "-", "/"}, str(n, "function_name")):
		return slices.ContainsFunc(list(n, "children"), isDouble)
	}
	return false
}

func neverZero(e any) bool {
	n, _ := e.(node)
	if str(n, "class") == "CAST" {
		return neverZero(n["child"])
	}
	if num, ok := sub(n, "value")["value"].(json.Number); ok {
		return strings.Trim(num.String(), "-0.") != ""
	}
	return str(n, "function_name") == "nullif" || str(n, "type") == "OPERATOR_NULLIF"
}

func (l *linter) sum(kids []any, sc lintScope) {
	if sc.cast == "BIGINT" || sc.cast == "DOUBLE" || castTo(kids, "DOUBLE") {
		return
	}
	l.complain(sc.at, "sum", "sum without a cast: 128 bits here, 64 elsewhere", "write CAST(sum(x) AS BIGINT)")
}

func castTo(kids []any, kind string) bool {
	if len(kids) == 0 {
		return false
	}
	n, _ := kids[0].(node)
	return str(n, "class") == "CAST" && str(sub(n, "cast_type"), "id") == kind
}

func constantText(kids []any) string {
	if len(kids) == 0 {
		return ""
	}
	n, _ := kids[0].(node)
	return str(sub(n, "value"), "value")
}

func (l *linter) window(n node, sc lintScope) {
	name := str(n, "function_name")
	frame := str(n, "start") + str(n, "end")
	switch {
	case !portableFunctions[name]:
		l.complain(sc.at, "function", "window function "+name+" is not on the list of portable functions", functionHint(name))
	case n["filter_expr"] != nil:
		l.complain(sc.at, "window", "FILTER on a window", "write CASE inside the function")
	case flag(n, "ignore_nulls"):
		l.complain(sc.at, "window", "IGNORE NULLS stands in different places on different engines", "number the rows that have a value")
	case flag(n, "distinct"):
		l.complain(sc.at, "window", "DISTINCT in a window", "count in a subquery")
	case str(n, "exclude_clause") != "NO_OTHER" || strings.Contains(frame, "GROUPS") || strings.Contains(frame, "EXPR_") && strings.Contains(frame, "RANGE"):
		l.complain(sc.at, "window", "frame that not every engine has", "write ROWS BETWEEN …")
	case len(list(n, "orders")) == 0 && str(n, "type") != "WINDOW_AGGREGATE":
		l.complain(sc.at, "window", name+" without ORDER BY gives any order", "order by columns that make it total")
	}
	if name == "sum" {
		l.sum(list(n, "children"), sc)
	}
	if name == "avg" && !castTo(list(n, "children"), "DOUBLE") {
		l.complain(sc.at, "avg", "avg of something that is not CAST AS DOUBLE", "write avg(CAST(x AS DOUBLE))")
	}
}

var castTypes = append(slices.Clone(portableTypes), "DECIMAL")

func (l *linter) cast(n node, sc lintScope) {
	kind := str(sub(n, "cast_type"), "id")
	switch {
	case sc.interval:
	case flag(n, "try_cast"):
		l.complain(sc.at, "try_cast", "TRY_CAST hides what ingest should have refused", "contracts cast at ingest; write CAST")
	case !slices.Contains(castTypes, kind):
		l.complain(sc.at, "type", "CAST AS "+kind+" is not portable", "use "+strings.Join(castTypes, ", "))
	}
}

func (l *linter) star(n node, sc lintScope) {
	for _, key := range []string{"exclude_list", "replace_list", "qualified_exclude_list", "rename_list"} {
		if len(list(n, key)) > 0 {
			l.complain(sc.at, "star", "* with EXCLUDE, REPLACE or RENAME", "name the columns")
		}
	}
	if flag(n, "columns") {
		l.complain(sc.at, "star", "COLUMNS(…)", "name the columns")
	}
}

func (l *linter) columnRef(n node, sc lintScope) {
	names := list(n, "column_names")
	last, _ := names[len(names)-1].(string)
	if len(names) == 1 && slices.Contains([]string{"current_date", "current_time", "current_timestamp", "localtimestamp"}, strings.ToLower(last)) {
		l.complain(sc.at, "now", last+" makes a build depend on the clock", "the build's day is ref.build.as_at")
	}
}
