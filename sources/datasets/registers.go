package datasets

import "nightjar/pipeline"

// Registers are the lists of young people that another service keeps and that
// no characteristic code of the caseload names: elective home education and
// Supporting Families. A row says from when to when somebody stands on one.
// People are known by their caseload id or, where the service has none, by
// name and date of birth.
func Registers() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "registers",
		Title:  "Registers of other services",
		Doc:    "Who stands on the register of home education or of Supporting Families, and from when to when. A row missing from a newer list means nothing; a row that ends carries its last day.",
		Period: pipeline.PeriodFromYear,
		Merge:  pipeline.Merges, Personal: true, MaxRejected: 0.20,
		Layouts: []pipeline.Layout{{
			Name: "entries", Relation: "registers",
			Doc: "One row per person and time on a register.",
			Columns: []pipeline.Column{
				required(code("registers", "register", "Which register.", "ehe", "Register", "Register Name", "Programme")),
				text("client_id", "Caseload id of the young person, where the service knows it.", "3430000012345", "Client", "Client ID", "YoungPersonsID"),
				text("surname", "Surname.", "Okafor", "Last Name", "Family Name"),
				text("forename", "First name.", "Amira", "First Name", "Given Name"),
				day("birth_date", "Date of birth.", "14/02/2005", "DoB", "Date of Birth", "Birth Date"),
				required(day("registered_from", "First day on the register.", "06/01/2020", "From", "Start", "Start Date", "Registered From", "Date On")),
				day("registered_to", "Last day on the register; blank while it goes on.", "", "To", "End", "End Date", "Registered To", "Date Off"),
			},
		}},
	}
}
