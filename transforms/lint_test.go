package transforms

import (
	"strings"
	"testing"

	"nightjar/pipeline"
)

func lintText(t *testing.T, s *session, text string) []pipeline.Issue {
	t.Helper()
	tree, err := s.parseSelect(t.Context(), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return lint("marts/m.sql", text, tree)
}

// refusedTexts break every rule of the lint.
var refusedTexts = []struct{ rule, text string }{
	{"cast", "select n::bigint as n from a.t"},
	{"division", "select n // 2 as n from a.t"},
	{"division", "select n / 2 as n from a.t"},
	{"division", "select 100.0 * n / nullif(d, 0) as n from a.t"},
	{"division", "select cast(n as double) / d as n from a.t"},
	{"division", "select cast(n as double) / 0 as n from a.t"},
	{"statement", "select 1 as n;"},
	{"parameter", "select $1 as n"},
	{"lateral", "select x.n from a.t, lateral (select t.n) as x"},
	{"interval", "select d + interval 1 month as d from a.t"},
	{"interval", "select d + interval '1 month' as d from a.t"},
	{"interval", "select d + to_months(1) as d from a.t"},
	{"function", "select trunc(n) as n from a.t"},
	{"type", "select cast(n as double precision) as n from a.t"},
	{"type", "select cast(n as varchar) as n from a.t"},
	{"type", "select cast(n as text) as n from a.t"},
	{"type", "select cast(n as hugeint) as n from a.t"},
	{"ilike", "select 1 as n from a.t where x ilike 'a'"},
	{"asof", "select t.n from a.t asof join a.u on t.d >= u.d"},
	{"pivot", "select * from (pivot a.t on x in (1, 2) using count(*))"},
	{"try_cast", "select try_cast(x as date) as d from a.t"},
	{"name", `select n as "Weird" from a.t`},
	{"name", "select n as Weird from a.t"},
	{"name", "select n as rank from a.t"},
	{"name", "with Loud as (select 1 as n) select n from Loud"},
	{"text", `select 1 as n from a.t where x = 'a\b'`},
	{"qualify", "select n from a.t qualify row_number() over (order by n nulls last) = 1"},
	{"group_by", "select x, count(*) as n from a.t group by all"},
	{"group_by", "select x, count(*) as n from a.t group by 1"},
	{"group_by", "select upper(y) as x, count(*) as n from a.t group by x"},
	{"alias", "select a + b as c, c + 1 as d from a.t"},
	{"alias", "select a + b as c from a.t where c > 1"},
	{"alias", "select x, count(*) as n from a.t group by x having n > 1"},
	{"star", "select * exclude (x) from a.t"},
	{"star", "select * replace (1 as x) from a.t"},
	{"star", "select columns('a.*') from a.t"},
	{"function", "select max_by(x, d) as x from a.t"},
	{"function", "select arg_max(x, d) as x from a.t"},
	{"function", "select any_value(x) as x from a.t"},
	{"function", "select median(x) as x from a.t"},
	{"function", "select quantile_cont(x, 0.5) as x from a.t"},
	{"function", "select regexp_matches(x, 'a') as x from a.t"},
	{"function", "select x from a.t where x similar to 'a'"},
	{"function", "select date_diff('day', a, b) as x from a.t"},
	{"function", "select now() as x from a.t"},
	{"function", "select left(x, 2) as x from a.t"},
	{"function", "select right(x, 2) as x from a.t"},
	{"function", "select greatest(a, b) as x from a.t"},
	{"function", "select least(a, b) as x from a.t"},
	{"function", "select concat(a, b) as x from a.t"},
	{"function", "select struct_pack(k := 1) as x from a.t"},
	{"function", "select {'k': 1} as x from a.t"},
	{"function", "select [1, 2] as x from a.t"},
	{"function", "select unnest(xs) as x from a.t"},
	{"function", "select mode(x) over (partition by y) as x from a.t"},
	{"operator", "select xs[1] as x from a.t"},
	{"table", "select n from unnest([1, 2]) as u(n)"},
	{"table", "select n from range(3) as r(n)"},
	{"table", "select n from read_parquet('x.parquet')"},
	{"now", "select current_date as x from a.t"},
	{"now", "select current_timestamp as x from a.t"},
	{"nulls", "select n from a.t order by n"},
	{"nulls", "select rank() over (order by n) as x from a.t"},
	{"sum", "select sum(n) as x from a.t"},
	{"sum", "select sum(n) over (partition by y) as x from a.t"},
	{"sum", "select percent_of(sum(n), 3) as x from a.t"},
	{"avg", "select avg(n) as x from a.t"},
	{"avg", "select avg(n) over (partition by y) as x from a.t"},
	{"round", "select round(n, 1) as x from a.t"},
	{"date_trunc", "select date_trunc('month', d) as x from a.t"},
	{"extract", "select extract(isodow from d) as x from a.t"},
	{"aggregate", "select min(x order by d nulls last) as x from a.t"},
	{"window", "select count(*) filter (where x) over (partition by y) as n from a.t"},
	{"window", "select lag(x ignore nulls) over (order by d nulls last) as n from a.t"},
	{"window", "select count(distinct x) over (partition by y) as n from a.t"},
	{"window", "select row_number() over (partition by y) as n from a.t"},
	{"window", "select count(*) over (order by d nulls last groups between 1 preceding and current row) as n from a.t"},
	{"window", "select count(*) over (order by d nulls last range between interval '1' day preceding and current row) as n from a.t"},
	{"distinct_on", "select distinct on (x) x, y from a.t"},
	{"limit", "select n from a.t limit 3"},
	{"limit", "select n from a.t order by n nulls last limit 3 offset 2"},
	{"limit", "select n from a.t order by n nulls last limit 3%"},
	{"recursive", "with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r"},
	{"materialized", "with r as materialized (select 1 as n) select n from r"},
	{"union", "select n from a.t union all by name select n from a.u"},
	{"join", "select t.n from a.t semi join a.u on t.n = u.n"},
	{"join", "select n from a.t natural join a.u"},
	{"join", "select t.n from a.t positional join a.u"},
	{"sample", "select n from a.t using sample 3 rows"},
	{"expression", "select x collate nocase as x from a.t"},
}

func TestLintRefuses(t *testing.T) {
	t.Parallel()
	s := openTestSession(t)
	for _, c := range refusedTexts {
		issues := lintText(t, s, c.text)
		found := false
		for _, i := range issues {
			found = found || i.Rule == c.rule && i.Line == 1
		}
		if !found {
			t.Errorf("%s\n  want rule %s on line 1, got %v", c.text, c.rule, issues)
		}
	}
}

// TestLintAccepts holds what models are written in.
func TestLintAccepts(t *testing.T) {
	t.Parallel()
	texts := []string{
		`with t as (select month_end, n from staging.x), final as (select month_end, cast(sum(n) as bigint) as total
			from t group by month_end) select * from final`,
		"select cast(coalesce(sum(n), 0) as bigint) as n, percent_of(count(*) filter (where x), count(*)) as p from a.t",
		"select cast(a as double) / nullif(b, 0) as x, 100 * cast(a as double) / nullif(b, 0) as y, cast(a as double) / 2 as z from a.t",
		"select cast(d + interval '1' month as date) as x, d - interval '60' day as y from a.t where d >= date '2020-01-31'",
		"select extract(year from d) * 12 + extract(month from d) as m, month_start(d) as s, cast(date_trunc('year', d) as date) as y from a.t",
		"select upper(trim(a)) || coalesce(b, '') as x, substr(a, 1, 2) as y, position('a' in b) as p from a.t where a like 'x%' and b not like 'y'",
		"select row_number() over (partition by a order by b desc nulls last, c nulls last) as rn from a.t",
		"select cast(rank() over w as bigint) as r from a.t window w as (order by q9(x) nulls last)",
		"select a from a.t where exists (select 1 from a.u where u.a = t.a) and a in ('x', 'y') and a is distinct from b and b between 1 and 2",
		"select v.a from (values (1, 2), (3, 4)) as v(a, b) union all select 1 as a",
		"select cast(null as varchar(10)) as x, case when a then 1 else 2 end as y from a.t group by rollup (a)",
		"select trim(name) as name, length(name) as chars from a.t where name is not null",
		"select stddev_samp(x) as s, corr(x, y) as c, avg(cast(x as double)) as m, bool_or(z) as any_z from a.t",
		"select n from a.t order by n nulls last limit 1",
		"select a.x from a.t as a full outer join a.u as b using (x) left join a.v as c on a.x = c.x cross join a.w",
		"-- it's a \"comment\" :: with ; everything\nselect 'it''s :: ; fine' as x /* // */ from a.t",
	}
	s := openTestSession(t)
	for _, text := range texts {
		if issues := lintText(t, s, text); len(issues) > 0 {
			t.Errorf("%s\n  refused: %v", text, issues)
		}
	}
}

func TestLintNamesTheLine(t *testing.T) {
	t.Parallel()
	text := "-- A comment.\nselect\n    n,\n    sum(n) as total\nfrom a.t\ngroup by n"
	issues := lintText(t, openTestSession(t), text)
	if len(issues) != 1 || issues[0].Line != 4 || issues[0].File != "marts/m.sql" || !strings.Contains(issues[0].Hint, "CAST(sum(x) AS BIGINT)") {
		t.Errorf("got %v", issues)
	}
}
