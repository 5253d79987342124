package datasets

import "nightjar/pipeline"

// CohortChecks is what a school or college returns when it is asked to
// confirm its roll: who is on it, who left and where to, who has an offer and
// who is at risk.
func CohortChecks() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "cohort_checks",
		Title:  "School and college cohort checks",
		Doc:    "Roll of Years 9 to 13 as the school or college confirms it, with offers and the inputs to the risk-of-NEET indicator.",
		Period: pipeline.PeriodFromYear,
		Merge:  pipeline.Replaces, Personal: true, MaxRejected: 0.20,
		Layouts: []pipeline.Layout{{
			Name: "roll", Relation: "cohort_checks",
			RepeatKey: []string{"upn", "uln", "surname", "forename", "birth_date"},
			Doc:       "Census-style roll with offer and risk columns.",
			Columns: []pipeline.Column{
				required(wide(7, text("establishment_number", "Seven digits, authority and establishment.", "3434100", "Estab", "DfE Number", "DfENo", "LAESTAB", "EstablishmentNumber"))),
				of(pipeline.UPN, "upn", "Unique pupil number.", "B801200005001", "Unique Pupil Number"),
				of(pipeline.ULN, "uln", "Unique learner number.", "9276308686", "UniqueLearnerNumber", "Unique Learner No"),
				required(text("surname", "Legal surname.", "Okafor", "Last Name", "Family Name", "Legal Surname")),
				required(text("forename", "First name.", "Amira", "First Name", "Given Name", "Legal Forename")),
				text("middle_names", "Middle names.", "", "Middlenames", "Middle Name"),
				text("preferred_surname", "Surname the person goes by.", "", "PreferredSurname"),
				text("former_surname", "Earlier surname.", "", "FormerSurname"),
				code("genders", "gender", "Sex as recorded.", "F", "Sex"),
				required(day("birth_date", "Date of birth.", "14/02/2005", "DoB", "Date of Birth", "Birth Date")),
				code("enrol_statuses", "enrol_status", "Kind of registration; C, M and S are on this roll.", "C", "EnrolStatus", "Enrolment Status"),
				day("entry_date", "Day the person joined.", "03/09/2018", "EntryDate", "Date of Entry"),
				required(code("nc_years", "nc_year", "National curriculum year, 9 to 14, or LEAVER.", "11", "NCyearActual", "Year Group", "NC Year", "Year")),
				text("ethnicity", "Ethnic group code.", "WBRI"),
				code("sen_provisions", "sen_provision", "N none, K SEN support, E education, health and care plan.", "N", "SENprovision", "SEN Status"),
				of(pipeline.Postcode, "postcode", "Home postcode.", "L20 9ZZ", "Post Code"),
				of(pipeline.YesNo, "roni_flag", "Y: the school names the person at risk of NEET.", "N", "RONI", "RONI Flag", "At Risk of NEET"),
				of(pipeline.Decimal, "attendance_percent", "Attendance in per cent.", "92.5", "Attendance", "Attendance %", "Attendance Percent"),
				of(pipeline.YesNo, "eal_flag", "Y: English as an additional language.", "N", "EAL"),
				of(pipeline.Decimal, "exclusion_percent", "Share of absences that were exclusions, per cent.", "0", "Exclusions %", "Exclusion Percent"),
				of(pipeline.YesNo, "excluded_flag", "Y: was ever excluded.", "N", "Excluded", "Ever Excluded"),
				of(pipeline.YesNo, "alternative_provision_flag", "Y: in alternative provision.", "N", "Alternative Provision", "AP"),
				of(pipeline.YesNo, "looked_after_flag", "Y: looked after by an authority.", "N", "Looked After", "LAC", "CLA"),
				of(pipeline.YesNo, "pregnant_or_parent_flag", "Y: pregnant or a parent.", "N", "Pregnant or Parent"),
				of(pipeline.YesNo, "fsm_flag", "Y: eligible for free school meals.", "N", "FSM", "FSME on Census Day", "FSM Eligible"),
				of(pipeline.YesNo, "carer_flag", "Y: a young carer.", "N", "Carer", "Young Carer"),
				of(pipeline.YesNo, "yot_flag", "Y: supervised by the youth offending team.", "N", "YOT", "YOS"),
				of(pipeline.YesNo, "custody_flag", "Y: in custody.", "N", "Custody"),
				code("offer_statuses", "offer_status", "Offer of a place for September.", "offer_made", "Offer Status", "Offer", "September Guarantee"),
				text("offer_provider", "Who made the offer.", "Hugh Baird College", "Offer Provider", "Offered By"),
				day("offer_date", "Day of the offer.", "14/03/2021", "Offer Date"),
				code("check_rounds", "check_round", "Which round of the year's checks this is; gives the evidence its date.", "january", "Check Round", "Round"),
				text("left_to", "Where a leaver went.", "", "Left To", "Destination", "Destination School"),
			},
		}},
	}
}
