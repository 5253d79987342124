package app

import (
	"slices"
	"strings"
	"testing"
)

// restricted returns columns of the rows of a restricted table, sorted.
func (p published) restricted(t *testing.T, table, where string, columns ...string) []string {
	t.Helper()
	night, _, err := p.app.peopleNights(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, err := night.people(t.Context(), table, where)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range rows {
		var cells []string
		for _, c := range columns {
			cells = append(cells, r.Text(c))
		}
		out = append(out, strings.Join(cells, " "))
	}
	slices.Sort(out)
	return out
}

// A person keeps the id, and what lists say of them, when a pupil number
// arrives late and a name is corrected; records that are merged and come apart
// again are told of, each from the night on that knew it.
func TestPeopleKeepTheirIDsOverThreeNights(t *testing.T) {
	t.Parallel()
	const head = "PeriodEnd,YoungPersonsID,CohortStatus,GivenName,FamilyName,DateOfBirth,Postcode,LeadLEA,ActivityCode,StartDate,DateVerified,UniquePupilNumber,PreviousYPIDIdentifier\n"
	const ben = "Ben,Fox,03/03/2005,L20 1AA,343,210,06/09/2021,30/09/2021,,"
	const bob = "Ben,Foxx,03/03/2005,L20 1AA,343,210,06/09/2021,30/09/2021,,"
	const roll = "Estab,Surname,Forename,DoB,NCyearActual,Postcode,UPN\n"
	p := mustPlace(t)
	for _, night := range []struct {
		caseload, roll string
		day            string
		linked         []string // person and rule of each identity on the rolls
		history        []string
	}{
		{
			"30/09/2021,3430000000001,P,Lucy,Wren,14/02/2005,L20 9PP,343,210,06/09/2021,30/09/2021,,\n30/09/2021,3430000000002,P," + ben + "\n30/09/2021,3430000000003,P," + bob + "\n",
			"3434001,Wren,Lucy,2005-02-14,12,L20 9PP,\n", "2021-10-05",
			[]string{"3430000000001 name_birth_date"}, nil,
		},
		{
			"31/10/2021,3430000000001,P,Lucy,Wren,14/02/2005,L20 9PP,343,210,06/09/2021,30/09/2021,B801200005001,\n31/10/2021,3430000000002,P," + ben + "3430000000003\n31/10/2021,3430000000003,M," + bob + "\n",
			"3434001,Finch,Lucy,2005-02-14,12,L20 9PP,B801200005001\n", "2021-11-05",
			[]string{"3430000000001 name_birth_date", "3430000000001 upn"},
			[]string{"3430000000001 arrival upn ", "3430000000002 merge client_id 3430000000003"},
		},
		{
			"30/11/2021,3430000000001,P,Lucy,Finch,14/02/2005,L21 1AA,343,210,06/09/2021,30/09/2021,B801200005001,\n30/11/2021,3430000000002,P," + ben + "\n30/11/2021,3430000000003,P," + bob + "\n",
			"3434001,Finch,Lucy,2005-02-14,12,L21 1AA,\n", "2021-12-05",
			[]string{"3430000000001 name_birth_date", "3430000000001 name_birth_date", "3430000000001 upn"},
			[]string{"3430000000001 arrival upn ", "3430000000001 correction family_name ", "3430000000002 merge client_id 3430000000003", "3430000000003 split client_id 3430000000002"},
		},
	} {
		month := night.day[:7]
		p.mustPut(t, "caseload/connect/"+month+".csv", "", night.day+"T08:00:00Z", head+night.caseload)
		p.mustPut(t, "cohort_checks/school/"+month+".csv", "2021/22", night.day+"T09:00:00Z", roll+night.roll)
		published := p.night(t)
		if got := published.restricted(t, "match_pairs", "outcome = 'linked' and rank_no = 1", "person_id", "rule"); !slices.Equal(got, night.linked) {
			t.Errorf("%s: linked are %v, want %v", night.day, got, night.linked)
		}
		if got := published.restricted(t, "person_history", "", "person_id", "event", "field", "other_person_id"); !slices.Equal(got, night.history) {
			t.Errorf("%s: the history is %v, want %v", night.day, got, night.history)
		}
	}
}
