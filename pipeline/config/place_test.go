package config

import (
	"path/filepath"
	"strings"
	"testing"

	"nightjar/pipeline"
)

var placeDatasets = []pipeline.Dataset{{Name: "ucas"}, {Name: "caseload"}}

const placeHead = `authority: {la_code: "343"}
places:
`

const wholePlaces = placeHead + `  - name: share
    kind: folder
    folder: other
  - name: college
    kind: sftp
    host: sftp.example.org
    port: 2222
    user: nightjar
    key_file: keys/id
    passphrase: {env: KEY}
    known_hosts: keys/known_hosts
    folder: /outgoing
  - name: open-data
    kind: https
    max_mib: 20
    timeout: 30s
    lists:
      - {dataset: ucas, provider: carmel, url: "https://example.org/a/list%20one.csv?key=hush"}
  - name: mis
    kind: sql
    engine: postgresql
    host: db.example.org
    user: reader
    password: {file: keys/db}
    database: mis
    lists:
      - dataset: caseload
        provider: council
        query: |
          -- whose people they are
          select "update", 'x;y' from people;
`

func TestPlacesAreRead(t *testing.T) {
	t.Parallel()
	c, problems := parse([]byte(wholePlaces), placeDatasets)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c.resolve("/etc/nightjar")
	if got := c.Places[1]; got.KeyFile != filepath.FromSlash("/etc/nightjar/keys/id") || got.Folder != "/outgoing" || got.MaxBytes() != 512<<20 {
		t.Errorf("sftp %+v", got)
	}
	if got := c.Places[2]; got.Lists[0].Name() != "ucas/carmel/list one.csv" || got.MaxBytes() != 20<<20 {
		t.Errorf("https %+v", got)
	}
	if got := c.Places[3]; got.Lists[0].Name() != "caseload/council/caseload.csv" || got.Password.File != "/etc/nightjar/keys/db" {
		t.Errorf("sql %+v", got)
	}
	if c.Places[0].Folder != "/etc/nightjar/other" {
		t.Errorf("folder %+v", c.Places[0])
	}
}

func TestPlacesAreRefusedByFieldAndLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"unknown kind":      {"kind: folder", "kind: ftp", "places[0].kind"},
		"unknown field":     {"folder: other", "path: other", "places[0].path: no such field"},
		"name twice":        {"name: college", "name: share", "line 6, places[1].name"},
		"bad name":          {"name: college", "name: The College", "places[1].name"},
		"no key":            {"    key_file: keys/id\n", "", "places[1].key_file: is empty"},
		"no known hosts":    {"    known_hosts: keys/known_hosts\n", "", "places[1].known_hosts: is empty"},
		"other kind's":      {"passphrase: {env: KEY}", "bearer: {env: KEY}", "places[1].bearer: means nothing"},
		"port":              {"port: 2222", "port: 222222", "places[1].port"},
		"two places":        {"{env: KEY}", "{env: KEY, file: key}", "places[1].passphrase: names two"},
		"plain http":        {"https://example", "http://example", "places[2].lists[0].url: must begin"},
		"secret in address": {"https://example", "https://me:hush@example", "places[2].lists[0].url: holds a user"},
		"no address":        {"https://example.org/a/list%20one.csv?key=hush", "https://", "places[2].lists[0].url: is not"},
		"name of no file":   {"list%20one.csv", "", "places[2].lists[0].file"},
		"no dataset":        {"dataset: ucas", "dataset: uca", "line 20, places[2].lists[0].dataset"},
		"leads out":         {"provider: carmel", "provider: ../x", "places[2].lists[0].provider"},
		"query at https":    {"provider: carmel,", "provider: carmel, query: x,", "places[2].lists[0].query"},
		"user alone":        {"max_mib: 20", "user: me", "places[2].password"},
		"negative size":     {"max_mib: 20", "max_mib: -1", "places[2].max_mib"},
		"engine":            {"engine: postgresql", "engine: oracle", "places[3].engine"},
		"clear over a line": {"    database: mis", "    tls: none\n    database: mis", "places[3].tls: none would"},
		"tls":               {"    database: mis", "    tls: maybe\n    database: mis", "places[3].tls"},
		"a query that does": {"from people;", "from people; drop table people", "more than one statement"},
		"a query that puts": {"from people;", "into copy from people", "the word INTO"},
		"not a query":       {"select \"update\"", "update", "must begin with SELECT"},
		"an open quote":     {"'x;y'", "'x;y", "not closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(wholePlaces, c.from, c.to, 1)
			if text == wholePlaces {
				t.Fatal("the case changes nothing")
			}
			_, problems := parse([]byte(text), placeDatasets)
			all := ""
			for _, p := range problems {
				all += p.String() + "\n"
			}
			if len(problems) != 1 || !strings.Contains(all, c.want) {
				t.Errorf("problems:\n%swant %q", all, c.want)
			}
			if strings.Contains(all, "hush") {
				t.Errorf("a secret is told: %s", all)
			}
		})
	}
}

func FuzzCheckQuery(f *testing.F) {
	for _, s := range []string{"select 1", "with a as (select 1) select * from a;", "select 'a''b' -- c\n", "/* x */ select [a b]", "select 1; drop table x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkQuery(text) == nil && !strings.Contains(strings.ToLower(text), "select") && !strings.Contains(strings.ToLower(text), "with") {
			t.Errorf("%q passes", text)
		}
	})
}
