package app

import (
	"fmt"
	"slices"
	"testing"
)

func call(person, reason string) Values {
	return Values{"person_key": person, "person_id": person, "reason": reason, "reason_name": "for " + reason, "priority": int64(len(reason))}
}

func standing(person, recorded, resolved string) Values {
	v := Values{"person_id": person, "month_end": "2021-11-30", "activity_code": "210", "recorded_group": recorded, "resolved_group": resolved}
	if recorded != resolved {
		v["resolved_provider"] = "north"
	}
	return v
}

func TestFollowUpChanges(t *testing.T) {
	t.Parallel()
	pupil := Values{"person_key": "pupil", "person_id": nil, "reason": "no_offer", "reason_name": "for no_offer"}
	cases := map[string]struct {
		change followUpChange
		want   []string
	}{
		"still there": {
			followUpChange{now: []Values{call("1", "neet")}, before: []Values{call("1", "neet")}},
			[]string{"1 neet still <nil>"},
		},
		"the return changed": {
			followUpChange{
				now: []Values{call("1", "neet")}, before: []Values{call("2", "neet")},
				statusNow:    []Values{standing("1", "NEET", "NEET"), standing("2", "EET", "EET")},
				statusBefore: []Values{standing("1", "EET", "EET"), standing("2", "NEET", "NEET")},
			},
			[]string{"1 neet new status changed: EET to NEET, activity 210", "2 neet gone status changed: NEET to EET, activity 210"},
		},
		"another reason instead": {
			followUpChange{
				now: []Values{call("1", "confirm")}, before: []Values{call("1", "not_known")},
				statusNow:    []Values{standing("1", "NOT_KNOWN", "EET")},
				statusBefore: []Values{standing("1", "NOT_KNOWN", "NOT_KNOWN")},
			},
			[]string{
				"1 confirm new status changed: not known to EET, list of north",
				"1 not_known gone status changed: not known to EET, list of north; still listed: for confirm",
			},
		},
		"the list no longer says so": {
			followUpChange{
				before: []Values{call("1", "confirm")}, statusNow: []Values{standing("1", "OTHER", "OTHER")}, statusBefore: []Values{standing("1", "OTHER", "EET")},
			},
			[]string{"1 confirm gone status changed: EET to other, no list any more"},
		},
		"came and went": {
			followUpChange{now: []Values{call("1", "neet")}, before: []Values{call("2", "neet")},
				statusNow: []Values{standing("1", "NEET", "NEET")}, statusBefore: []Values{standing("2", "NEET", "NEET")}},
			[]string{"1 neet new new in the caseload of 2021-11-30", "2 neet gone no longer in the caseload's last month"},
		},
		"only the reason": {
			followUpChange{
				now: []Values{call("1", "lapsing")}, before: []Values{call("2", "lapsing"), pupil},
				statusNow:    []Values{standing("1", "EET", "EET"), standing("2", "EET", "EET")},
				statusBefore: []Values{standing("1", "EET", "EET"), standing("2", "EET", "EET")},
			},
			[]string{"1 lapsing new reason holds now", "2 lapsing gone reason no longer holds", "pupil no_offer gone reason no longer holds"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range c.change.compare(slices.Clone(c.change.now), c.change.before) {
				got = append(got, fmt.Sprintf("%s %s %s %v", r.Text("person_key"), r.Text("reason"), r.Text("change"), r["why"]))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestFollowUpsAreOrderedAndCounted(t *testing.T) {
	t.Parallel()
	row := func(priority int, change, since, key string) Values {
		return Values{"priority": int64(priority), "reason": fmt.Sprint("r", priority), "change": change, "since_on": since, "person_key": key}
	}
	rows := ordered([]Values{
		row(1, changeGone, "2021-01-01", "a"), row(7, changeNew, "2021-02-01", "b"), row(1, changeStill, "2021-05-01", "c"), row(1, changeNew, "2021-04-01", "d"),
	})
	var keys string
	for _, r := range rows {
		keys += r.Text("person_key")
	}
	if keys != "dcba" {
		t.Errorf("order %s, want dcba", keys)
	}
	want := []FollowUpCount{{Priority: 1, Reason: "r1", Listed: 2, New: 1, Still: 1, Gone: 1}, {Priority: 7, Reason: "r7", Listed: 1, New: 1}}
	if got := countFollowUps(rows); !slices.Equal(got, want) {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}
