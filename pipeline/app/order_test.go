package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// lists of a small autumn, each with the moment it was delivered.
func autumn() []list {
	var months []list
	for i, m := range []struct{ end, sent string }{
		{"2020-08-31", "2020-09-05"}, {"2020-09-30", "2020-10-05"}, {"2020-10-31", "2020-11-05"}, {"2020-10-31", "2020-11-12"},
	} {
		var clients []client
		for k := range 12 + i {
			c := client{"client_id": fmt.Sprintf("34300000%05d", k), "given_name": fmt.Sprint("Given", k), "verified_date": "2020-08-20"}
			switch {
			case (k+i)%5 == 0:
				c["activity_code"], c["neet_start_date"], c["start_date"] = "619", "2020-08-10", "2020-08-10"
			case k%4 == 1:
				c["activity_code"] = "810"
			}
			clients = append(clients, c)
		}
		months = append(months, list{fmt.Sprintf("caseload/career-service/extract_%d.csv", i), "", m.sent + "T08:00:00Z", extract(m.end, clients)})
	}
	const starters = "forename,surname,birth_date,start_date,end_date\nGiven1,Example,15/01/2004,07/09/2020,\nGiven5,Example,15/01/2004,07/09/2020,%s\n"
	return append(months,
		list{"college_starters/hugh-baird-college/september.csv", "2020/21", "2020-09-25T08:00:00Z", fmt.Sprintf(starters, "")},
		list{"college_starters/hugh-baird-college/october.csv", "2020/21", "2020-10-20T08:00:00Z", fmt.Sprintf(starters, "12/10/2020")},
		list{"interventions/career-service/autumn.csv", "2020/21", "2020-11-03T08:00:00Z", "client_id,intervention_date,kind\n3430000000001,05/10/2020,contact\n"},
	)
}

type list struct{ name, period, deliveredAt, text string }

// Deliveries may come in any order, in one night or in several: what is
// published of them is the same, because only the moment of delivery counts.
func TestOrderOfDeliveriesChangesNothing(t *testing.T) {
	t.Parallel()
	inOneNight := mustPlace(t)
	for _, l := range autumn() {
		inOneNight.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
	}
	want := inOneNight.night(t)
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("order ", seed), func(t *testing.T) {
			t.Parallel()
			lists := autumn()
			r := rand.New(rand.NewPCG(seed, 0))
			r.Shuffle(len(lists), func(i, j int) { lists[i], lists[j] = lists[j], lists[i] })
			place := mustPlace(t)
			var got published
			for part := range slices.Chunk(lists, 3) {
				for _, l := range part {
					place.mustPut(t, l.name, l.period, l.deliveredAt, l.text)
				}
				got = place.night(t)
			}
			sameMarts(t, want, got)
		})
	}
}

// sameMarts compares every published mart, row by row in grain order.
func sameMarts(t *testing.T, want, got published) {
	t.Helper()
	tables, err := want.app.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	marts, rows := 0, 0
	for _, table := range tables {
		if table.Name[:5] != "marts" {
			continue
		}
		a, b := want.rows(t, table.Name, "true"), got.rows(t, table.Name, "true")
		marts, rows = marts+1, rows+len(a)
		if len(a) != len(b) {
			t.Errorf("%s has %d rows, in another order %d", table.Name, len(a), len(b))
			continue
		}
		for i := range a {
			if fmt.Sprint(a[i]) != fmt.Sprint(b[i]) {
				t.Errorf("%s row %d:\n%v\n%v", table.Name, i, a[i], b[i])
				break
			}
		}
	}
	if marts < 9 || rows < 100 {
		t.Errorf("only %d rows of %d marts were compared", rows, marts)
	}
}
