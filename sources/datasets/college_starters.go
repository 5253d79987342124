package datasets

import "nightjar/pipeline"

// CollegeStarters is what colleges and training providers send about who
// began and who left. Two layouts: the starters and
// leavers template of the caseload systems, and columns derived from the
// individualised learner record, one row per aim.
func CollegeStarters() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "college_starters",
		Title:  "College and provider starters and leavers",
		Doc:    "Who started and who left at a college or training provider. A leaver's row says what ended, never what follows.",
		Period: pipeline.PeriodFromYear,
		Merge:  pipeline.Merges, Personal: true, MaxRejected: 0.20,
		Layouts: []pipeline.Layout{
			{
				Name: "template", Relation: "college_starters_template",
				Doc: "Starters and leavers template, education or training form.",
				Columns: []pipeline.Column{
					required(text("forename", "First name.", "Amira", "First Name", "Given Name", "Given Names")),
					required(text("surname", "Surname.", "Okafor", "Last Name", "Family Name")),
					required(day("birth_date", "Date of birth.", "14/02/2005", "DOB", "Date of Birth", "Birth Date")),
					of(pipeline.Postcode, "postcode", "Home postcode, often blank.", "L20 9ZZ", "Post Code"),
					of(pipeline.UPN, "upn", "Unique pupil number, often blank.", "B801200005001", "Unique Pupil Number"),
					wide(7, text("establishment_number", "DfE number of the provider.", "3438000", "DfENo", "DfE Number")),
					text("ukprn", "Provider reference number, on the training form.", "10003193", "UKPRN"),
					required(day("start_date", "First day.", "06/09/2021", "StartDate", "Date Started")),
					day("end_date", "Last day; filled for a leaver.", "", "EndDate", "Date Left", "Leaving Date"),
					text("goal_level", "Level of the course.", "3", "GoalLevel", "Qual Level"),
					text("goal_description", "Title of the course.", "Engineering", "GoalDescription", "Course", "Course Title"),
					text("situation_group", "On the training form.", "", "SituationGroup"),
					text("situation_sub_group", "On the training form.", "", "SituationSubGroup"),
				},
			},
			{
				Name: "ilr", Relation: "college_starters_ilr",
				Doc: "Columns of the individualised learner record, one row per learning aim.",
				Columns: []pipeline.Column{
					needed(text("ukprn", "Provider reference number.", "10003193", "UKPRN")),
					required(text("learner_reference", "Provider's own id of the learner.", "HB0012345", "LearnRefNumber", "Learner Ref")),
					text("previous_learner_reference", "The learner's id in an earlier year.", "", "PrevLearnRefNumber"),
					of(pipeline.ULN, "uln", "Unique learner number; 9999999999 is no key.", "9276308686", "ULN", "MIAP_ULN"),
					required(text("family_name", "Family name.", "Okafor", "FamilyName", "Surname", "Last Name")),
					required(text("given_names", "First names.", "Amira", "GivenNames", "Forename", "First Name", "FIRSTNAME")),
					required(day("birth_date", "Date of birth.", "2005-02-14", "DateOfBirth", "DOB", "BIRTHDATE")),
					of(pipeline.Postcode, "postcode", "Current postcode; ZZ99 9ZZ when unknown.", "L20 9ZZ", "Postcode"),
					of(pipeline.Postcode, "postcode_prior", "Postcode before enrolment; may be stale.", "L20 9ZZ", "PostcodePrior"),
					needed(text("aim_reference", "Learning aim.", "60149704", "LearnAimRef")),
					text("aim_type", "1 programme aim, 3 component, 4 other, 5 core aim.", "1", "AimType"),
					text("aim_sequence", "Number of the aim.", "1", "AimSeqNumber"),
					required(day("start_date", "First day of the aim.", "2021-09-06", "LearnStartDate")),
					day("planned_end_date", "Planned last day.", "2023-07-01", "LearnPlanEndDate"),
					day("actual_end_date", "Last day, once the aim has ended.", "", "LearnActEndDate"),
					needed(code("completion_statuses", "completion_status", "1 continuing, 2 completed, 3 withdrawn, 6 break.", "1", "CompStatus")),
					code("withdraw_reasons", "withdraw_reason", "Why the learner withdrew; 40 is a move within the provider.", "", "WithdrawReason"),
					text("outcome", "Result of the aim.", "8", "Outcome"),
					text("fund_model", "36 is an apprenticeship.", "25", "FundModel"),
					text("programme_type", "25 is an apprenticeship standard.", "", "ProgType"),
				},
			},
		},
	}
}
