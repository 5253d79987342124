package datasets

import "nightjar/pipeline"

// Interventions is the adviser's log: who was seen, when and how.
func Interventions() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "interventions",
		Title:  "Adviser interventions",
		Doc:    "Contacts, home visits and support given by advisers, one row per event.",
		Period: pipeline.PeriodFromYear,
		Merge:  pipeline.Merges, Personal: true, MaxRejected: 0.20,
		Layouts: []pipeline.Layout{{
			Name: "events", Relation: "interventions",
			Doc: "One row per event.",
			Columns: []pipeline.Column{
				required(day("intervention_date", "Day of the event.", "12/10/2021", "Date", "Intervention Date", "Contact Date")),
				required(text("client_id", "Caseload id of the young person.", "3430000012345", "Client", "Client ID", "YoungPersonsID")),
				required(code("intervention_kinds", "kind", "What was done.", "home_visit", "Kind", "Type", "Intervention", "Intervention Type")),
			},
		}},
	}
}
