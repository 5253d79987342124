package transforms

import (
	"slices"
	"strings"
)

// shape judges what is not an expression: SELECT, set operation, join, table,
// modifier.
func (l *linter) shape(n node, kind string, sc lintScope) {
	switch kind {
	case "SELECT_NODE":
		l.selectNode(n, sc)
	case "SET_OPERATION_NODE":
		if str(n, "setop_type") == "UNION_BY_NAME" {
			l.complain(sc.at, "union", "UNION BY NAME", "write the columns in the same order")
		}
	case "RECURSIVE_CTE_NODE":
		l.complain(sc.at, "recursive", "recursive common table expression", "join a calendar table")
	case "JOIN":
		l.join(n, sc)
	case "TABLE_FUNCTION", "PIVOT", "SHOW_REF", "COLUMN_DATA", "TABLE_REF":
		l.complain(sc.at, "table", "table function or shape that only DuckDB has ("+str(sub(n, "function"), "function_name")+")", "read a ref table")
	case "LIMIT_PERCENT_MODIFIER":
		l.complain(sc.at, "limit", "LIMIT in per cent", "number the rows and filter")
	case "DISTINCT_MODIFIER":
		if len(list(n, "distinct_on_targets")) > 0 {
			l.complain(sc.at, "distinct_on", "DISTINCT ON", "number the rows and keep the first")
		}
	}
	if n["sample"] != nil || n["at_clause"] != nil {
		l.complain(sc.at, "sample", "SAMPLE or AT clause", "models read whole tables")
	}
	l.modifiers(list(n, "modifiers"), sc)
	l.ctes(n, sc)
}

func (l *linter) modifiers(mods []any, sc lintScope) {
	ordered := slices.ContainsFunc(mods, func(m any) bool { n, _ := m.(node); return str(n, "type") == "ORDER_MODIFIER" })
	for _, m := range mods {
		n, _ := m.(node)
		if str(n, "type") != "LIMIT_MODIFIER" {
			continue
		}
		at := firstLocation(n, sc.at)
		if n["offset"] != nil {
			l.complain(at, "limit", "OFFSET stands in different places on different engines", "number the rows and filter")
		}
		if !ordered {
			l.complain(at, "limit", "LIMIT without ORDER BY gives any rows", "order by columns that make it total")
		}
	}
}

func (l *linter) ctes(n node, sc lintScope) {
	for _, entry := range list(sub(n, "cte_map"), "map") {
		e, _ := entry.(node)
		l.name(str(e, "key"), firstLocation(e, sc.at))
	}
}

func (l *linter) join(n node, sc lintScope) {
	if t := str(n, "join_type"); t == "SEMI" || t == "ANTI" {
		l.complain(sc.at, "join", strings.ToLower(t)+" join", "write EXISTS or NOT EXISTS")
	}
	if t := str(n, "ref_type"); !slices.Contains([]string{"REGULAR", "CROSS"}, t) {
		l.complain(sc.at, "join", strings.ToLower(t)+" join", "write JOIN … ON or USING")
	}
}

func (l *linter) selectNode(n node, sc lintScope) {
	at := firstLocation(node{"x": n["select_list"]}, sc.at)
	if n["qualify"] != nil {
		l.complain(at, "qualify", "QUALIFY", "number the rows in a subquery and filter outside")
	}
	if str(n, "aggregate_handling") != "STANDARD_HANDLING" {
		l.complain(at, "group_by", "GROUP BY ALL", "name the columns: the grain should be readable")
	}
	made := l.aliases(n)
	for _, g := range list(n, "group_expressions") {
		e, _ := g.(node)
		switch name := bareColumn(e); {
		case str(e, "class") == "CONSTANT":
			l.complain(location(e), "group_by", "GROUP BY a number", "name the columns: the grain should be readable")
		case name != "" && made[name]:
			l.complain(location(e), "group_by", "GROUP BY the alias "+name, "compute it in an earlier step, then group by its name")
		}
	}
	for _, part := range []string{"where_clause", "having", "select_list"} {
		l.reuse(n[part], made, sc.at)
	}
}

// aliases returns the names that this SELECT makes by an expression, and
// judges every name it gives. Left out are aliases of a constant, and those
// whose expression reads a column of the same name: a mention elsewhere means
// the column.
func (l *linter) aliases(n node) map[string]bool {
	made := map[string]bool{}
	for _, item := range list(n, "select_list") {
		e, _ := item.(node)
		alias := str(e, "alias")
		if alias == "" {
			continue
		}
		l.name(alias, location(e))
		reads := false
		walk(e, -1, func(c node, _ int) { reads = reads || lastName(c) == alias })
		if !reads && str(e, "class") != "CONSTANT" {
			made[alias] = true
		}
	}
	return made
}

// reuse finds aliases used in the SELECT that makes them. It does not look
// into subqueries, whose names are their own.
func (l *linter) reuse(tree any, made map[string]bool, at int) {
	switch v := tree.(type) {
	case []any:
		for _, item := range v {
			l.reuse(item, made, at)
		}
	case node:
		if here := location(v); here >= 0 {
			at = here
		}
		if str(v, "class") == "SUBQUERY" {
			return
		}
		if name := bareColumn(v); made[name] {
			l.complain(at, "alias", "alias "+name+" is used in the SELECT that makes it", "compute it in an earlier step; if a column is meant, write its table before it")
		}
		for _, key := range sortedKeys(v) {
			l.reuse(v[key], made, at)
		}
	}
}

func bareColumn(n node) string {
	if len(list(n, "column_names")) != 1 {
		return ""
	}
	return lastName(n)
}

func lastName(n node) string {
	names := list(n, "column_names")
	if len(names) == 0 {
		return ""
	}
	s, _ := names[len(names)-1].(string)
	return s
}

// reservedNames are words that at least one engine refuses as a bare name.
var reservedNames = strings.Fields(`all and any as between by case cast check column constraint create cross
	current_date date default delete desc distinct drop else end escape except exists false fetch for foreign from
	full grant group having in inner insert intersect interval into is join left like limit natural not null offset
	on or order outer primary rank references right select table then time timestamp to true union unique user using
	values when where window with`)

func (l *linter) name(name string, at int) {
	switch {
	case !nameForm.MatchString(name):
		l.complain(at, "name", "name "+name+" is not lower snake_case", "rename it")
	case slices.Contains(reservedNames, name):
		l.complain(at, "name", "name "+name+" is a reserved word on some engine", "rename it")
	}
}
