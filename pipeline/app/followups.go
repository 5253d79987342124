package app

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"nightjar/pipeline"
	"nightjar/transforms"
)

// FollowUpsQuestion asks for the list of whom to call.
type FollowUpsQuestion struct {
	Where string // condition in SQL on restricted.follow_ups, may be empty
	Out   string // .csv or .xlsx, must not be there; empty: a file of the night in the restricted folder
}

// FollowUps is the list of a night against the night before.
type FollowUps struct {
	RunID        string          `json:"run_id"`
	AsAt         string          `json:"as_at"`
	ComparedWith string          `json:"compared_with,omitempty"` // run; empty when no earlier night is kept
	File         string          `json:"file"`
	Counts       []FollowUpCount `json:"counts"`
	// People are the rows of the file: show them only to whoever asks for them.
	People []Values `json:"people,omitempty"`
}

// FollowUpCount counts one reason, most urgent first.
type FollowUpCount struct {
	Priority int64  `json:"priority"`
	Reason   string `json:"reason"`
	Name     string `json:"reason_name"`
	Listed   int    `json:"listed"` // to be called today
	New      int    `json:"new"`
	Still    int    `json:"still"`
	Gone     int    `json:"gone"` // not among the listed
}

// How a row of the list stands against the night before; empty when there is
// none to compare with.
const (
	changeNew   = "new"
	changeStill = "still"
	changeGone  = "gone"
)

// followUpColumns is the order in which a tracker reads the list.
var followUpColumns = strings.Fields(`priority reason_name change why family_name given_name birth_date year_group postcode
	since_on evidence last_contact_on next_step reason person_id person_key as_at`)

var changeColumns = map[string]transforms.ColumnInfo{
	"change": {Name: "change", Type: "VARCHAR", Comment: "Against the night before: new, still or gone; empty when no earlier night is kept."},
	"why":    {Name: "why", Type: "VARCHAR", Comment: "Why somebody is new on the list or gone from it."},
}

// FollowUps writes the list of whom to call out of what readers see now. A row
// is a person and a reason; rows of the night before that are no longer on the
// list stand at the end, with why.
func (a *App) FollowUps(ctx context.Context, q FollowUpsQuestion) (FollowUps, error) {
	now, before, err := a.peopleNights(ctx)
	if err != nil {
		return FollowUps{}, err
	}
	out, err := a.followUpsFile(q, now)
	if err != nil {
		return FollowUps{}, err
	}
	rows, err := changedFollowUps(ctx, now, before, q.Where)
	if err != nil {
		return FollowUps{}, err
	}
	head := transforms.TableHead{
		Name: "restricted.follow_ups", Comment: "Whom to call next and why; about people, so keep it to yourself.", RunID: now.run, AsAt: now.asAt, Where: q.Where,
	}
	known, err := now.columns(ctx, "follow_ups")
	if err != nil {
		return FollowUps{}, err
	}
	for _, name := range followUpColumns {
		c, changing := changeColumns[name]
		if !changing {
			c = known[name]
		}
		head.Columns = append(head.Columns, c)
	}
	if err := a.exported(ctx, "follow-ups of "+now.run, "list of people", int64(len(rows))); err != nil {
		return FollowUps{}, err
	}
	if err := writePeople(out, head, rows); err != nil {
		return FollowUps{}, err
	}
	return FollowUps{RunID: now.run, AsAt: now.asAt, ComparedWith: before.run, File: out, Counts: countFollowUps(rows), People: rows}, nil
}

// followUpsFile returns where the list goes. The night's own file is replaced:
// it can be made again; what a user names is not.
func (a *App) followUpsFile(q FollowUpsQuestion, now peopleNight) (string, error) {
	if q.Out == "" {
		part := ""
		if q.Where != "" { // must not stand for the whole list
			part = "-part"
		}
		return filepath.Join(a.restricted(), "follow_ups-"+now.run+part+".csv"), nil
	}
	if peopleSinks[strings.ToLower(filepath.Ext(q.Out))] == nil {
		return "", fmt.Errorf("%w: %s must end in .csv or .xlsx", pipeline.ErrUsage, filepath.Base(q.Out))
	}
	return q.Out, a.placeForPeople(q.Out)
}

// changedFollowUps returns the rows of both nights that meet the condition.
// Whether a row is new or gone is judged by the whole lists, so that a row that
// meets the condition in one night only counts as still there.
func changedFollowUps(ctx context.Context, now, before peopleNight, where string) ([]Values, error) {
	var c followUpChange
	var asked, gone []Values
	for _, r := range []struct {
		night        peopleNight
		table, where string
		into         *[]Values
	}{
		{now, "follow_ups", where, &asked}, {before, "follow_ups", where, &gone},
		{now, "follow_ups", "", &c.now}, {before, "follow_ups", "", &c.before},
		{now, "tracked_people", "", &c.statusNow}, {before, "tracked_people", "", &c.statusBefore},
	} {
		rows, err := r.night.people(ctx, r.table, r.where)
		if err != nil {
			return nil, err
		}
		*r.into = rows
	}
	if before.file == "" {
		return ordered(asked), nil
	}
	return ordered(c.compare(asked, gone)), nil
}

// ordered puts the most urgent first, whoever waits longest before others, and
// what is gone at the end.
func ordered(rows []Values) []Values {
	isGone := func(v Values) int {
		if v["change"] == changeGone {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(rows, func(x, y Values) int {
		p, _ := x.Number("priority")
		q, _ := y.Number("priority")
		return cmp.Or(cmp.Compare(isGone(x), isGone(y)), cmp.Compare(p, q), cmp.Compare(x.Text("reason"), y.Text("reason")),
			cmp.Compare(x.Text("since_on"), y.Text("since_on")), cmp.Compare(x.Text("person_key"), y.Text("person_key")))
	})
	return rows
}

func countFollowUps(rows []Values) []FollowUpCount {
	at := map[string]int{}
	out := []FollowUpCount{}
	for _, r := range rows {
		reason := r.Text("reason")
		i, known := at[reason]
		if !known {
			i = len(out)
			at[reason] = i
			n, _ := r.Number("priority")
			out = append(out, FollowUpCount{Priority: int64(n), Reason: reason, Name: r.Text("reason_name")})
		}
		switch r["change"] {
		case changeGone:
			out[i].Gone++
			continue
		case changeNew:
			out[i].New++
		case changeStill:
			out[i].Still++
		}
		out[i].Listed++
	}
	slices.SortFunc(out, func(x, y FollowUpCount) int {
		return cmp.Or(cmp.Compare(x.Priority, y.Priority), cmp.Compare(x.Reason, y.Reason))
	})
	return out
}
