package sources

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
)

const manifestHeader = "file,provider,period,delivered_at\n"

// halloween is a day after every delivery of these tests.
var halloween = time.Date(2021, 10, 31, 18, 0, 0, 0, time.UTC)

func TestManifestTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cell, want string }{
		{"2021-10-30", "2021-10-29T23:00:00Z"}, // midnight of a summer day
		{"2021-01-30", "2021-01-30T00:00:00Z"},
		{"2021-10-30T09:30", "2021-10-30T08:30:00Z"},
		{"2021-10-30T09:30:15", "2021-10-30T08:30:15Z"},
		{"2021-10-30 09:30", "2021-10-30T08:30:00Z"},
		{"2021-10-30 09:30:15", "2021-10-30T08:30:15Z"},
		{"2021-10-30T09:30:15.123456789", "2021-10-30T08:30:15.123456Z"},
		{"2021-10-30T09:30Z", "2021-10-30T09:30:00Z"},
		{"2021-10-30T09:30:15Z", "2021-10-30T09:30:15Z"},
		{"2021-10-30T09:30:15+02:00", "2021-10-30T07:30:15Z"},
		{"2021-10-30 09:30+02:00", "2021-10-30T07:30:00Z"},
		{"30/10/2021", "2021-10-29T23:00:00Z"},
		{"03/04/2021", "2021-04-02T23:00:00Z"}, // the third of April, never the fourth of March
		{"3/4/2021 9:05", "2021-04-03T08:05:00Z"},
		{"30/10/2021 09:30:15", "2021-10-30T08:30:15Z"},
		{"31/10/2021 23:59", "2021-10-31T23:59:00Z"}, // later today: a day is what counts
		{"01/01/2000", "2000-01-01T00:00:00Z"},
		{"", ""}, {"yesterday", ""}, {"31/02/2021", ""}, {"2021-02-29", ""}, {"10/30/2021", ""},
		{"30/10/21", ""}, {"44499", ""}, {"30.10.2021", ""}, {"2021-10-30T25:00", ""},
		{"01/11/2021", ""}, {"31/10/2061", ""}, {"31/12/1999", ""}, {"0021-10-30", ""},
	} {
		got, err := manifestTime(c.cell, london(t), halloween)
		if c.want == "" {
			if err == nil {
				t.Errorf("%q was read as %v", c.cell, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q = %v, %v; want %s", c.cell, got, err, c.want)
		}
	}
}

func TestManifestCells(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		read       func(string) (string, error)
		cell, want string
		ok         bool
	}{
		{manifestPath, "ucas/carmel/list.csv", "ucas/carmel/list.csv", true},
		{manifestPath, `ucas\carmel\list.csv`, "ucas/carmel/list.csv", true},
		{manifestPath, "./ucas//carmel/list.csv", "ucas/carmel/list.csv", true},
		{manifestPath, "ucas/carmel/Cafe\u0301.csv", "ucas/carmel/Café.csv", true},
		{manifestPath, "", "", false},
		{manifestPath, ".", "", false},
		{manifestPath, "../list.csv", "", false},
		{manifestPath, "ucas/../../list.csv", "", false},
		{manifestPath, "/srv/inbox/list.csv", "", false},
		{manifestProvider, "", "", true},
		{manifestProvider, "Carmel College", "Carmel College", true},
		{manifestProvider, "a/b", "", false},
		{manifestProvider, `a\b`, "", false},
		{manifestProvider, "..", "", false},
		{manifestProvider, ".tmp", "", false},
		{manifestProvider, "a\tb", "", false},
		{manifestProvider, strings.Repeat("x", providerLimit+1), "", false},
		{manifestPeriod, "", "", true},
		{manifestPeriod, "2021-10", "2021-10", true},
		{manifestPeriod, "2020/21", "2020/21", true},
		{manifestPeriod, "2020/22", "", false},
		{manifestPeriod, "2021-13", "", false},
		{manifestPeriod, "Oct-21", "", false},
	} {
		got, err := c.read(c.cell)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%q = %q, %v; want %q, %v", c.cell, got, err, c.want, c.ok)
		}
	}
}

// TestManifestForms writes one row in the ways in which spreadsheets and
// editors save it.
func TestManifestForms(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"plain":             manifestHeader + "ucas/carmel/Café.csv,Carmel,2021/22,30/10/2021\n",
		"no last line end":  manifestHeader + "ucas/carmel/Café.csv,Carmel,2021/22,30/10/2021",
		"byte order mark":   "\ufeff" + manifestHeader + "ucas/carmel/Café.csv,Carmel,2021/22,30/10/2021\n",
		"Windows-1252":      manifestHeader + "ucas/carmel/Caf\xe9.csv,Carmel,2021/22,30/10/2021\n",
		"Windows line ends": "file,provider,period,delivered_at\r\nucas/carmel/Café.csv,Carmel,2021/22,30/10/2021\r\n",
		"old line ends":     "file,provider,period,delivered_at\rucas/carmel/Café.csv,Carmel,2021/22,30/10/2021\r",
		"semicolons":        "file;provider;period;delivered_at\nucas/carmel/Café.csv;Carmel;2021/22;30/10/2021\n",
		"tabs":              "file\tprovider\tperiod\tdelivered_at\nucas/carmel/Café.csv\tCarmel\t2021/22\t30/10/2021\n",
		"quotes and spaces": manifestHeader + `"ucas/carmel/Café.csv", Carmel ,2021/22, "30/10/2021"` + "\n",
		"other order":       "Delivered At,Period,FILE,Provider,Remark\n30/10/2021,2021/22,ucas/carmel/Café.csv,Carmel,by mail\n",
		"blank rows":        "\n" + manifestHeader + "\n,,,\nucas/carmel/Café.csv,Carmel,2021/22,30/10/2021\n,,,\n",
		"trailing commas":   manifestHeader + "ucas/carmel/Café.csv,Carmel,2021/22,30/10/2021,,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, issues := parseManifest([]byte(text), london(t), halloween)
			row, ok := m.row("ucas/carmel/Café.csv")
			if !ok || len(issues) != 0 {
				t.Fatalf("row %v, issues %v", ok, issues)
			}
			at := row.deliveredAt.Format(time.RFC3339)
			if row.provider != "Carmel" || row.period != "2021/22" || at != "2021-10-29T23:00:00Z" {
				t.Errorf("row %+v", row)
			}
		})
	}
}

func TestManifestRowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	text := manifestHeader + // line 1
		"ucas/carmel/good.csv,,,2021-10-30\n" + // 2
		"ucas/carmel/day.csv,,,31/02/2021\n" + // 3
		`ucas/carmel/"quote.csv,,,2021-10-30` + "\n" + // 4
		",,,2021-10-30\n" + // 5
		"ucas/carmel/list, final.csv,,,2021-10-30\n" + // 6
		"ucas/carmel/p.csv,a/b,,2021-10-30\n" + // 7
		"ucas/carmel/m.csv,,Oct-21,2021-10-30\n" + // 8
		"ucas/carmel/short.csv\n" + // 9
		"ucas/carmel/last.csv,,,2021-10-30\n" // 10
	m, issues := parseManifest([]byte(text), london(t), halloween)
	columns := []string{"delivered_at", "", "file", "", "provider", "period", "delivered_at"}
	if len(issues) != len(columns) {
		t.Fatalf("issues %v", issues)
	}
	for i, issue := range issues {
		if issue.File != manifestName || issue.Line != int64(i)+3 || issue.Column != columns[i] || issue.Hint == "" {
			t.Errorf("issue %+v, want line %d column %q", issue, i+3, columns[i])
		}
	}
	for _, name := range []string{"ucas/carmel/good.csv", "ucas/carmel/last.csv"} {
		if _, ok := m.row(name); !ok {
			t.Errorf("%s lost its row", name)
		}
	}
	for _, name := range []string{"day.csv", `"quote.csv`, "list, final.csv", "p.csv", "m.csv", "short.csv"} {
		list, issues := m.admit([]candidate{{name: "ucas/carmel/" + name}})
		if len(list) != 0 || len(issues) != 1 || issues[0].Rule != ruleManifestHeld {
			t.Errorf("%s: taken %v, issues %v", name, list, issues)
		}
	}
	list, issues := m.admit([]candidate{{name: "ucas/carmel/other.csv"}})
	if len(list) != 1 || len(issues) != 0 {
		t.Errorf("a file without a row: taken %v, issues %v", list, issues)
	}
}

func TestManifestThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no file column":  "name,delivered_at\na,2021-10-30\n",
		"no date column":  "file,provider\na,b\n",
		"two of a column": "file,File,delivered_at\na,b,2021-10-30\n",
		"broken header":   `file,"delivered_at` + "\n",
		"UTF-16":          "\xff\xfef\x00i\x00l\x00e\x00",
		"workbook":        "PK\x03\x04\x00\x00",
		"far too large":   manifestHeader + strings.Repeat(" ", manifestLimit),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, issues := parseManifest([]byte(text), london(t), halloween)
			wantRule(t, issues, ruleManifest)
			if list, _ := m.admit([]candidate{{name: "ucas/carmel/a.csv"}}); len(list) != 0 {
				t.Error("a file was taken without its manifest")
			}
		})
	}
}

func TestEmptyManifestHoldsNothingBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n\n", manifestHeader, "\ufeff"} {
		m, issues := parseManifest([]byte(text), london(t), halloween)
		list, more := m.admit([]candidate{{name: "ucas/carmel/a.csv"}})
		if len(list) != 1 || len(issues)+len(more) != 0 {
			t.Errorf("%q: taken %v, issues %v %v", text, list, issues, more)
		}
	}
}

// TestManifestInTheInbox is the manifest in use: who delivered, when, and in
// which order.
func TestManifestInTheInbox(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/a.csv", "a")
	p.old(t, "ucas/carmel/b.csv", "b")
	p.old(t, "ucas/carmel/c.csv", "c")
	p.old(t, manifestName, manifestHeader+
		"ucas/carmel/b.csv,Carmel College,2020/21,01/10/2020 00:30\n"+
		"ucas/carmel/c.csv,,,2021-10-01\n"+
		"ucas/carmel/archived.csv,,,2021-09-01\n")
	list, issues := p.look(t)
	if len(list) != 3 || len(issues) != 0 {
		t.Fatalf("arrivals %v, issues %v", list, issues)
	}
	b, c, a := list[0], list[1], list[2] // by delivery, the unlisted one last
	if b.Provider != "Carmel College" || b.Period != "2020/21" || b.DeliveredOn.String() != "2020-10-01" ||
		!b.DeliveredAt.Equal(time.Date(2020, 9, 30, 23, 30, 0, 0, time.UTC)) {
		t.Errorf("listed with everything: %+v", b.Delivery)
	}
	if c.Provider != "carmel" || c.Period != "" || c.DeliveredOn.String() != "2021-10-01" {
		t.Errorf("listed with the date only: %+v", c.Delivery)
	}
	if a.Name != "ucas/carmel/a.csv" || a.DeliveredOn.String() != "2021-10-31" {
		t.Errorf("not listed: %+v", a.Delivery)
	}
}

func TestFilesTheManifestHoldsBack(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]string{
		"two rows":        "ucas/carmel/a.csv,,,2021-10-01\nucas/carmel/a.csv,,,2021-10-02\n",
		"two equal rows":  "ucas/carmel/a.csv,,,2021-10-01\nucas/carmel/a.csv,,,2021-10-01\n",
		"other capitals":  "UCAS/Carmel/A.csv,,,2021-10-01\n",
		"two spellings":   "ucas/carmel/a.csv,,,2021-10-01\n" + `.\ucas\carmel\a.csv,,,2021-10-02` + "\n",
		"capitals, twice": "ucas/carmel/A.csv,,,2021-10-01\nucas/carmel/A.csv,,,2021-10-01\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.old(t, "ucas/carmel/a.csv", "a")
			p.old(t, "ucas/carmel/b.csv", "b")
			p.old(t, manifestName, manifestHeader+rows)
			list, issues := p.look(t)
			if len(list) != 1 || list[0].Name != "ucas/carmel/b.csv" {
				t.Errorf("arrivals %v", list)
			}
			wantRule(t, issues, ruleManifestHeld)
			p.old(t, manifestName, manifestHeader+"ucas/carmel/a.csv,,,2021-10-02\n") // mended
			if list, issues := p.look(t); len(list) != 2 || len(issues) != 0 {
				t.Errorf("mended: arrivals %v, issues %v", list, issues)
			}
		})
	}
}

func TestRowOfAnotherFileInOtherCapitals(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.old(t, "ucas/carmel/a.csv", "a")
	p.old(t, "ucas/carmel/A.csv", "A")
	p.old(t, manifestName, manifestHeader+"ucas/carmel/A.csv,,,2021-10-01\n")
	if list, issues := p.look(t); len(list) != 2 || len(issues) != 0 {
		t.Errorf("arrivals %v, issues %v", list, issues)
	}
}

// TestManifestIsHeldToTheSameRules looks at a manifest that is being written,
// cannot be read, or is none.
func TestManifestIsHeldToTheSameRules(t *testing.T) {
	t.Parallel()
	whole := manifestHeader + "ucas/carmel/a.csv,,,2021-10-01\n"
	for _, c := range []struct {
		name  string
		set   func(*testing.T, *place)
		taken int
	}{
		{"whole after the wait", func(t *testing.T, p *place) { p.young(t, manifestName, whole) }, 1},
		{"growing", func(t *testing.T, p *place) {
			p.young(t, manifestName, manifestHeader)
			p.onWait = func() { p.young(t, manifestName, whole) }
		}, 0},
		{"vanishing", func(t *testing.T, p *place) {
			p.young(t, manifestName, whole)
			p.onWait = func() {
				if err := os.Remove(p.path(manifestName)); err != nil {
					t.Error(err)
				}
			}
		}, 0},
		{"unreadable", func(t *testing.T, p *place) {
			p.old(t, manifestName, whole)
			p.blocked[p.path(manifestName)] = true
		}, 0},
		{"a link", func(t *testing.T, p *place) {
			p.old(t, "ucas/.real.csv", whole)
			if err := os.Symlink(p.path("ucas/.real.csv"), p.path(manifestName)); err != nil {
				t.Error(err)
			}
		}, 0},
		{"a folder", func(t *testing.T, p *place) {
			if err := os.Mkdir(p.path(manifestName), 0o700); err != nil {
				t.Error(err)
			}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.old(t, "ucas/carmel/a.csv", "a")
			c.set(t, p)
			list, issues := p.look(t)
			if len(list) != c.taken {
				t.Errorf("arrivals %v", list)
			}
			if c.taken > 0 {
				wantRule(t, issues, "")
				return
			}
			wantRule(t, issues, ruleManifest)
			if len(issues) == 1 && (issues[0].File != manifestName || !strings.Contains(issues[0].Say, "No file is taken")) {
				t.Errorf("issue %v", issues[0])
			}
		})
	}
}

// TestManifestAloneIsNotWaitedFor: an empty inbox takes milliseconds.
func TestManifestAloneIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.onWait = func() { t.Error("waited for a manifest without lists") }
	p.young(t, manifestName, manifestHeader+"a,,,never\n")
	list, issues := p.look(t)
	if len(list) != 0 {
		t.Errorf("arrivals %v", list)
	}
	wantRule(t, issues, ruleManifestRow)
}

// FuzzManifest looks for texts that break the reader or that let a file pass
// although a row that names it cannot be used.
func FuzzManifest(f *testing.F) {
	f.Add([]byte(manifestHeader + "ucas/carmel/a.csv,Carmel,2021/22,30/10/2021\n"))
	f.Add([]byte("\ufefffile;delivered_at\r\n\"a\"\"b\";2021-10-30T09:30Z\r\na;b;c\r\n"))
	f.Add([]byte("file\tdelivered_at\n\xff\t\"\n"))
	f.Add([]byte("PK\x03\x04"))
	loc := london(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, issues := parseManifest(text, loc, halloween)
		for _, i := range issues {
			if i.File != manifestName || i.Rule == "" || i.Say == "" || i.Hint == "" {
				t.Errorf("issue %+v", i)
			}
		}
		if m.closed != (len(issues) == 1 && issues[0].Rule == ruleManifest) || !m.closed && len(issues) != len(m.useless) {
			t.Errorf("closed %v, %d useless rows, issues %v", m.closed, len(m.useless), issues)
		}
		for file, rows := range m.rows {
			wantUsable(t, file, rows, loc)
		}
	})
}

func wantUsable(t *testing.T, file string, rows []manifestRow, loc *time.Location) {
	t.Helper()
	if !fs.ValidPath(file) {
		t.Errorf("path %q leads out of the inbox", file)
	}
	for _, r := range rows {
		if strings.Contains(r.provider, "/") || strings.HasPrefix(r.provider, ".") {
			t.Errorf("provider %q is a path", r.provider)
		}
		if day := pipeline.DateOf(r.deliveredAt, loc); day > pipeline.DateOf(halloween, loc) || day < pipeline.NewDate(firstYear, 1, 1) {
			t.Errorf("delivered on %v", day)
		}
	}
}
