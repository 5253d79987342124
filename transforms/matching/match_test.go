package matching

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nightjar/pipeline"
)

func born(y int, m time.Month, d int) pipeline.Date { return pipeline.NewDate(y, m, d) }

func person(id, given, family string, day pipeline.Date, post string) Person {
	return Person{ID: id, Givens: []string{given}, Families: []string{family}, Births: []pipeline.Date{day}, Postcodes: []string{post}}
}

func line(n int, given, family string, day pipeline.Date, post string) Listed {
	return Listed{
		Dataset: "ucas", Provider: "school", Files: []uint64{uint64(n)}, Year: "2020/21", Current: true,
		Given: given, Family: family, Born: day, HasBorn: day != 0, Postcode: post,
	}
}

var birthday = born(2004, time.May, 6)

// village is a small caseload with people who are easily mistaken.
func village() []Person {
	jack := person("jack", "Jack", "O'Brien", birthday, "L20 1AB")
	jack.UPN, jack.ULN = "B801200005001", "9276308686"
	married := person("married", "Priya", "Kaur", born(2003, time.March, 3), "PR8 2CD")
	married.Families = append(married.Families, "Kaur-Gill", "Sandhu")
	merged := person("kept", "Marta", "Nowak", born(2004, time.July, 9), "L22 4EF")
	merged.PreviousIDs = []string{"old"}
	lucy := person("lucy", "Lucy", "Wren", birthday, "L20 9PP")
	lucy.ULN = "1000000001"
	out := []Person{
		jack, lucy, person("noah", "Noah", "Finch", birthday, "L37 1AA"), person("maya", "Maya", "Finch", birthday, "PR8 8XX"), married, merged,
		person("anna", "Anna", "Fairhurst", birthday, "L20 3XY"), person("hannah", "Hannah", "Fairhurst", birthday, "L20 3XY"),
		person("george", "George", "Wren", birthday, "L20 9PP"),
		person("ella", "Ella", "Lightholme", born(2004, time.June, 5), "L21 5GH"),
		person("sam", "Samuel", "Wong", born(2004, time.September, 12), "L23 6JK"), person("samantha", "Samantha", "Wong", born(2004, time.September, 12), "L23 6JK"),
		person("christopher", "Christopher", "Featherstonehaugh", born(2003, time.October, 21), "PR9 7LN"),
		person("thomas", "Thomas", "Barnes", born(2003, time.January, 17), "PR9 0QQ"),
		person("harry", "Harry", "Scott", born(2003, time.April, 11), "L31 2RR"),
	}
	for i := range 40 { // names in their own right
		out = append(out, person(fmt.Sprint("elsa", i), []string{"Elsa", "Ella"}[i%2], fmt.Sprint("Village", 'a'+i), born(2002, time.January, 1)+pipeline.Date(7*i), fmt.Sprintf("L30 %dZZ", i%10)))
	}
	return out
}

// The labelled cases: what a list says, who it is, and what must come out.
func TestLabelledCases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		row  Listed
		want Outcome
		who  string
		rule Rule
	}{
		{"apostrophe and capitals", line(1, "JACK", "O’BRIEN", birthday, "L20 1AB"), Linked, "jack", ByNameBirthDate},
		{"moved house", line(1, "Jack", "OBrien", birthday, "M1 1AA"), Linked, "jack", ByNameBirthDate},
		{"typing slip", line(1, "Jcak", "O'Brien", birthday, "L20 1AB"), Linked, "jack", ByCloseNames},
		{"nickname", line(1, "Chris", "Featherstonehaugh", born(2003, time.October, 21), "PR9 7LN"), Linked, "christopher", ByCloseNames},
		{"cut off", line(1, "Chri", "Featherstoneha", born(2003, time.October, 21), "PR9 7LN"), Linked, "christopher", ByCloseNames},
		{"initial", line(1, "C", "Featherstonehaugh", born(2003, time.October, 21), "PR9 7LN"), Linked, "christopher", ByCloseNames},
		{"scanned", line(1, "Thomas", "Bames", born(2003, time.January, 17), "PR9 OQQ"), Linked, "thomas", ByCloseNames},
		{"digits for letters", line(1, "Th0mas", "8arnes", born(2003, time.January, 17), "PR9 0QQ"), Linked, "thomas", ByNameBirthDate},
		{"names exchanged", line(1, "Barnes", "Thomas", born(2003, time.January, 17), "PR9 0QQ"), Linked, "thomas", ByCloseNames},
		{"two first names", line(1, "Thomas James", "Barnes", born(2003, time.January, 17), "PR9 0QQ"), Linked, "thomas", ByNameBirthDate},
		{"day and month exchanged", line(1, "Harry", "Scott", born(2003, time.November, 4), "L31 2RR"), Linked, "harry", ByDateSlip},
		{"one digit off", line(1, "Harry", "Scott", born(2003, time.April, 12), "L31 2RR"), Linked, "harry", ByDateSlip},
		{"former surname", line(1, "Priya", "Sandhu", born(2003, time.March, 3), "PR8 2CD"), Linked, "married", ByNameBirthDate},
		{"half of a double name", line(1, "Priya", "Gill", born(2003, time.March, 3), "PR8 2CD"), Linked, "married", ByCloseNames},
		{"new surname, all else the same", line(1, "Thomas", "Okonkwo", born(2003, time.January, 17), "PR9 0QQ"), Linked, "thomas", ByScore},
		{"exact one of twins", line(1, "Lucy", "Wren", birthday, "L20 9PP"), ToReview, "", ""},
		{"one of twins, moved", line(1, "Lucy", "Wren", birthday, "M1 1AA"), ToReview, "", ""},
		{"one of twins by the learner number", with(line(1, "Lucy", "Wren", birthday, "L20 9PP"), "", "1000000001"), Linked, "lucy", ByULN},
		{"one twin's number, the other's name", with(line(1, "George", "Wren", birthday, "L20 9PP"), "", "1000000001"), ToReview, "", ""},
		{"same name and birthday, no twins: another address", line(1, "Noah", "Finch", birthday, "L37 1AA"), Linked, "noah", ByNameBirthDate},
		{"typing slip in a twin's name", line(1, "Lcuy", "Wren", birthday, "L20 9PP"), ToReview, "", ""},
		{"exact one of twins whose names are one name", line(1, "Hannah", "Fairhurst", birthday, "L20 3XY"), ToReview, "", ""},
		{"blurred twin", line(1, "Hanna", "Fairhurst", birthday, "L20 3XY"), ToReview, "", ""},
		{"nickname of two twins", line(1, "Sam", "Wong", born(2004, time.September, 12), "L23 6JK"), ToReview, "", ""},
		{"twin whom nobody knows", line(1, "Oliver", "Lightholme", born(2004, time.June, 5), "L21 5GH"), ToReview, "", ""},
		{"twin of a similar name", line(1, "Elsa", "Lightholme", born(2004, time.June, 5), "L21 5GH"), ToReview, "", ""},
		{"no birth date", line(1, "Thomas", "Barnes", 0, "PR9 0QQ"), ToReview, "", ""},
		{"older brother", line(1, "Peter", "Barnes", born(2000, time.December, 28), "PR9 0QQ"), Unmatched, "", ""},
		{"namesake", line(1, "Thomas", "Barnes", born(2000, time.December, 28), "M3 3CC"), Unmatched, "", ""},
		{"same birthday, next door", line(1, "Oliver", "Okonkwo", birthday, "L20 1AB"), Unmatched, "", ""},
		{"nobody", line(1, "Nobody", "Nowhere", born(1999, time.February, 1), "M2 2BB"), Unmatched, "", ""},
		{"empty", line(1, "", "", 0, ""), Unmatched, "", ""},
		{"id of before a merge", Listed{Dataset: "interventions", ClientID: "old"}, Linked, "kept", ByClientID},
		{"unknown id", Listed{Dataset: "interventions", ClientID: "none"}, Unmatched, "", ""},
		{"pupil number, new name", with(line(1, "Jackie", "Sandhu", birthday, ""), "B801200005001", ""), Linked, "jack", ByUPN},
		{"learner number", with(line(1, "J", "OBrien", birthday, ""), "", "9276308686"), Linked, "jack", ByULN},
		{"number of somebody else", with(line(1, "Thomas", "Barnes", born(2003, time.January, 17), "PR9 0QQ"), "B801200005001", ""), ToReview, "", ""},
		{"number that contradicts", with(line(1, "Jack", "O'Brien", birthday, "L20 1AB"), "C801200005002", ""), ToReview, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := matcher(t, DefaultOptions()).Match(t.Context(), village(), []Listed{c.row}, nil)
			if err != nil {
				t.Fatal(err)
			}
			l := r.Links[0]
			if l.Outcome != c.want || l.PersonID != c.who || l.Rule != c.rule {
				t.Errorf("%s %s by %q (%.1f bits, margin %.1f, %s), want %s %s by %q", l.Outcome, l.PersonID, l.Rule, l.Score, l.Margin, l.Reason, c.want, c.who, c.rule)
			}
			if (l.Outcome == Linked) != (l.Reason == "") || len(r.Pairs) == 0 && l.Outcome == ToReview {
				t.Errorf("outcome %s has reason %q and %d pairs", l.Outcome, l.Reason, len(r.Pairs))
			}
		})
	}
}

func with(r Listed, upn, uln string) Listed {
	r.UPN, r.ULN = upn, uln
	return r
}

// Two lines of one file that claim one person go to review, in two files they
// do not; a list's own number tells that they are one learner.
func TestTwoLinesOnePerson(t *testing.T) {
	t.Parallel()
	a, b := line(1, "Thomas", "Barnes", born(2003, time.January, 17), "PR9 0QQ"), line(2, "Tom", "Barnes", born(2003, time.January, 17), "PR9 0QQ")
	for _, c := range []struct {
		name       string
		file       uint64
		keyA, keyB string
		want       Outcome
	}{
		{"two files", 99, "", "", Linked}, {"one file", 1, "", "", ToReview},
		{"two aims of a learner", 1, "L1", "L1", Linked}, {"two learners", 1, "L1", "L2", ToReview},
	} {
		a, b := a, b
		b.Files, a.ListKey, b.ListKey = []uint64{c.file}, c.keyA, c.keyB
		r, err := matcher(t, DefaultOptions()).Match(t.Context(), village(), []Listed{a, b}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Links[0].Outcome != c.want || r.Links[1].Outcome != c.want {
			t.Errorf("%s: %s and %s, want %s", c.name, r.Links[0].Outcome, r.Links[1].Outcome, c.want)
		}
	}
}

// A list's own number, confirmed once, links a line that names alone do not.
func TestRememberedNumber(t *testing.T) {
	t.Parallel()
	sure, blurred := line(1, "Thomas", "Barnes", born(2003, time.January, 17), "PR9 0QQ"), line(2, "Thomas", "Barnes", born(2003, time.January, 18), "")
	m := matcher(t, DefaultOptions())
	for _, c := range []struct {
		key  string
		want Rule
	}{{"L7", ByRemembered}, {"L8", ""}} {
		a, b := sure, blurred
		a.ListKey, b.ListKey = "L7", c.key
		r, err := m.Match(t.Context(), village(), []Listed{a, b}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Links[1].Rule != c.want {
			t.Errorf("number %s: linked by %q (%s, %.1f bits), want %q", c.key, r.Links[1].Rule, r.Links[1].Outcome, r.Links[1].Score, c.want)
		}
	}
}

// Decisions stand above every score, and follow the identity, not the file.
func TestDecisions(t *testing.T) {
	t.Parallel()
	twin := line(1, "Hanna", "Fairhurst", birthday, "L20 3XY")
	exact := line(1, "Thomas", "Barnes", born(2003, time.January, 17), "PR9 0QQ")
	later := twin
	later.Files, later.Postcode = []uint64{99}, "M1 1AA"
	merged := pipeline.Decision{Subject: Subject(twin), PersonID: "old", Verdict: pipeline.VerdictAccept}
	for _, c := range []struct {
		name    string
		row     Listed
		verdict pipeline.Decision
		want    Outcome
		who     string
	}{
		{"accepted", twin, pipeline.Decision{Subject: Subject(twin), PersonID: "hannah", Verdict: pipeline.VerdictAccept}, Linked, "hannah"},
		{"in the next delivery", later, pipeline.Decision{Subject: Subject(twin), PersonID: "hannah", Verdict: pipeline.VerdictAccept}, Linked, "hannah"},
		{"accepted against the score", exact, pipeline.Decision{Subject: Subject(exact), PersonID: "jack", Verdict: pipeline.VerdictAccept}, Linked, "jack"},
		{"since merged", twin, merged, Linked, "kept"},
		{"since gone", exact, pipeline.Decision{Subject: Subject(exact), PersonID: "gone", Verdict: pipeline.VerdictAccept}, ToReview, ""},
		{"rejected", exact, pipeline.Decision{Subject: Subject(exact), PersonID: "thomas", Verdict: pipeline.VerdictReject}, Unmatched, ""},
		{"not ours", exact, pipeline.Decision{Subject: Subject(exact), Verdict: pipeline.VerdictNotOurs}, Unmatched, ""},
		{"about another line", exact, pipeline.Decision{Subject: Subject(twin), Verdict: pipeline.VerdictNotOurs}, Linked, "thomas"},
	} {
		r, err := matcher(t, DefaultOptions()).Match(t.Context(), village(), []Listed{c.row}, []pipeline.Decision{c.verdict})
		if err != nil {
			t.Fatal(err)
		}
		if l := r.Links[0]; l.Outcome != c.want || l.PersonID != c.who {
			t.Errorf("%s: %s %s, want %s %s", c.name, l.Outcome, l.PersonID, c.want, c.who)
		}
	}
}

// The order of people, of what they were called, of rows and of the files that
// hold them, and the number of workers change nothing: twenty orders that are
// the same on every machine, and whatever else rapid thinks of.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4, 150, 120, hardFaults)
	for i := range w.people {
		w.people[i].Families = append(w.people[i].Families, "Anne Marie", "Annemarie")
		w.people[i].Postcodes = append(w.people[i].Postcodes, "L1 1AA")
	}
	for i := range w.rows {
		w.rows[i].Files = append(w.rows[i].Files, 100+uint64(i%3))
	}
	o := DefaultOptions()
	o.Workers = 1
	want, err := matcher(t, o).Match(t.Context(), w.people, w.rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	ref := reference(t)
	for seed := range uint64(20) {
		if err := w.disorder(ref, want, seed, 1+int(seed%4)); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		if err := w.disorder(ref, want, rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(1, 4).Draw(rt, "workers")); err != nil {
			rt.Fatal(err)
		}
	})
}

// disorder matches everything in another order and compares.
func (w *world) disorder(ref Reference, want Result, seed uint64, workers int) error {
	r := rand.New(rand.NewPCG(seed, 1))
	o := DefaultOptions()
	o.Workers = workers
	m, err := New(ref, o)
	if err != nil {
		return err
	}
	people, place := slices.Clone(w.people), r.Perm(len(w.rows))
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	for i := range people {
		people[i].Families, people[i].Postcodes = slices.Clone(people[i].Families), slices.Clone(people[i].Postcodes)
		slices.Reverse(people[i].Families)
		slices.Reverse(people[i].Postcodes)
	}
	rows := make([]Listed, len(w.rows))
	for to, from := range place {
		rows[to] = w.rows[from]
		rows[to].Files = slices.Clone(rows[to].Files)
		slices.Reverse(rows[to].Files)
	}
	got, err := m.Match(context.Background(), people, rows, nil)
	if err != nil {
		return err
	}
	for to, from := range place {
		if got.Links[to] != want.Links[from] {
			return fmt.Errorf("row %d is linked otherwise", from)
		}
	}
	if !reflect.DeepEqual(got.Pairs, want.Pairs) {
		return errors.New("the pairs differ")
	}
	return nil
}

func TestMatchStopsWhenAsked(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w := newWorld(t, 4, 50, 50, agreedFaults)
	if _, err := matcher(t, DefaultOptions()).Match(ctx, w.people, w.rows, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled match returns %v", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := reference(t)
	for name, c := range map[string]func(*Reference, *Options){
		"no weights":         func(r *Reference, _ *Options) { r.Weights = nil },
		"unknown level":      func(r *Reference, _ *Options) { r.Weights[0].Level = "perfect" },
		"no probability":     func(r *Reference, _ *Options) { r.Weights[0].U = 0 },
		"review over accept": func(_ *Reference, o *Options) { o.Review = 50 },
		"negative margin":    func(_ *Reference, o *Options) { o.Margin = -1 },
	} {
		ref, o := Reference{good.Diminutives, slices.Clone(good.Weights)}, DefaultOptions()
		c(&ref, &o)
		if _, err := New(ref, o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Whoever decides about a twin sees both, also where the other one agrees in
// too little to be a candidate by itself.
func TestBothTwinsAreShown(t *testing.T) {
	t.Parallel()
	r, err := matcher(t, DefaultOptions()).Match(t.Context(), village(), []Listed{line(1, "Lucy", "Wren", birthday, "M1 1AA")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, p := range r.Pairs {
		shown = append(shown, p.PersonID)
	}
	if !slices.Equal(shown, []string{"lucy", "george"}) {
		t.Errorf("shown are %v", shown)
	}
}

// A subject is the name under which decisions are kept for good: it must never
// come out otherwise.
func TestSubjectsStayTheSame(t *testing.T) {
	t.Parallel()
	row := Listed{Dataset: "ucas", Provider: "school", ListKey: "L1", UPN: "B801200005001", ULN: "9999999999", Family: "O’Brien-Smith", Given: "Zoë", Born: birthday, HasBorn: true, Postcode: "L20 1AB"}
	for _, c := range []struct {
		name string
		row  Listed
		want string
	}{
		{"everything", row, "c28113e5d3433618dd2addfcc16dd5e9"}, {"no birth date", Listed{Dataset: "registers", Provider: "council", ClientID: "3430000000001"}, "6340d8fac055adf3374b4ca26c5a29d0"},
	} {
		if got := Subject(c.row); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	e := newEntry(newNameBook(nil), &row, 0)
	if got := hex.EncodeToString(e.subject[:]); got != Subject(row) {
		t.Errorf("an entry's subject is %s, the identity's %s", got, Subject(row))
	}
}
