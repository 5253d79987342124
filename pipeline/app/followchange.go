package app

import (
	"fmt"
	"strings"
)

// followUpChange holds the follow-ups and the standing of everybody in two
// nights.
type followUpChange struct {
	now, before             []Values
	statusNow, statusBefore []Values
}

// compare marks the asked rows of this night as new or still there, and returns
// them with those rows of the night before that are gone.
func (c followUpChange) compare(asked, before []Values) []Values {
	listedNow, listedBefore := byFollowUp(c.now), byFollowUp(c.before)
	statusNow, statusBefore := byPerson(c.statusNow), byPerson(c.statusBefore)
	others := map[string][]string{} // reasons for which a person is listed now
	for _, r := range c.now {
		others[r.Text("person_key")] = append(others[r.Text("person_key")], r.Text("reason_name"))
	}
	var out []Values
	for _, r := range asked {
		if _, was := listedBefore[followUpKey(r)]; was {
			r["change"] = changeStill
		} else {
			r["change"] = changeNew
			r["why"] = whyNew(statusBefore[r.Text("person_id")], statusNow[r.Text("person_id")])
		}
		out = append(out, r)
	}
	for _, r := range before {
		if _, is := listedNow[followUpKey(r)]; is {
			continue
		}
		why := whyGone(statusBefore[r.Text("person_id")], statusNow[r.Text("person_id")])
		if still := others[r.Text("person_key")]; len(still) > 0 {
			why += "; still listed: " + strings.Join(still, ", ")
		}
		r["change"], r["why"] = changeGone, why
		out = append(out, r)
	}
	return out
}

// whyNew says why somebody is on the list who was not. Statuses are nil for who
// was not in the caseload's last month.
func whyNew(before, now Values) string {
	switch {
	case before == nil && now != nil:
		return "new in the caseload of " + now.Text("month_end")
	case before != nil && now != nil:
		if change := statusChange(before, now); change != "" {
			return change
		}
	}
	return "reason holds now"
}

// whyGone says why somebody is off the list who was on it.
func whyGone(before, now Values) string {
	switch {
	case before != nil && now == nil:
		return "no longer in the caseload's last month"
	case before != nil && now != nil:
		if change := statusChange(before, now); change != "" {
			return change
		}
	}
	return "reason no longer holds"
}

// statusChange words what the return says otherwise than the night before, else
// what the lists say otherwise; empty when both say the same.
func statusChange(before, now Values) string {
	if b, n := before.Text("recorded_group"), now.Text("recorded_group"); b != n {
		return fmt.Sprintf("status changed: %s to %s, activity %s", groupWord(b), groupWord(n), now.Text("activity_code"))
	}
	if b, n := before.Text("resolved_group"), now.Text("resolved_group"); b != n {
		by := "no list any more"
		if p := now.Text("resolved_provider"); p != "" {
			by = "list of " + p
		}
		return fmt.Sprintf("status changed: %s to %s, %s", groupWord(b), groupWord(n), by)
	}
	return ""
}

// groupWord writes a headline group the way a tracker says it.
func groupWord(group string) string {
	if group == "EET" || group == "NEET" {
		return group
	}
	return strings.ToLower(strings.ReplaceAll(group, "_", " "))
}

func followUpKey(v Values) string { return v.Text("person_key") + "\x00" + v.Text("reason") }

func byFollowUp(rows []Values) map[string]Values {
	out := make(map[string]Values, len(rows))
	for _, r := range rows {
		out[followUpKey(r)] = r
	}
	return out
}

func byPerson(rows []Values) map[string]Values {
	out := make(map[string]Values, len(rows))
	for _, r := range rows {
		out[r.Text("person_id")] = r
	}
	return out
}
