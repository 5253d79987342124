package datasets

import "nightjar/pipeline"

// UCAS is a centre's list of higher-education applications and how they ended.
// It carries neither UPN nor ULN. A place is evidence
// of a place, not of attendance.
func UCAS() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "ucas",
		Title:  "UCAS lists",
		Doc:    "Applications to higher education by school or college, with the decision and reply.",
		Period: pipeline.PeriodFromYear,
		Merge:  pipeline.Merges, Personal: true, MaxRejected: 0.20,
		Layouts: []pipeline.Layout{{
			Name: "status", Relation: "ucas",
			Doc: "Application status or final destination report.",
			Columns: []pipeline.Column{
				required(text("ucas_personal_id", "UCAS Personal ID of the applicant.", "1234567890", "Personal ID", "UCAS ID", "UCAS Personal ID", "PID")),
				required(text("surname", "Surname.", "Okafor", "Last Name", "Family Name")),
				required(text("forename", "First names.", "Amira", "First Name", "Forenames", "Forename(s)", "Given Name", "Given Name(s)")),
				required(day("birth_date", "Date of birth.", "14/02/2003", "Date of Birth", "DOB", "Birth Date")),
				of(pipeline.Postcode, "postcode", "Home postcode.", "L20 9ZZ", "Post Code"),
				text("centre_name", "School or college that helped with the application.", "", "Centre", "School Name", "School", "Centre Name"),
				needed(text("provider_name", "University or college applied to.", "Edge Hill University", "Institution", "Provider", "University", "Institution Name")),
				text("provider_code", "UCAS code of the university or college.", "E42", "Institution Code", "Provider Code", "Inst Code"),
				text("course_code", "UCAS code of the course.", "L500", "Course Code"),
				text("course_title", "Title of the course.", "Social Work", "Course Title", "Course"),
				required(of(pipeline.Integer, "entry_year", "Calendar year in which the course starts.", "2021", "Entry Year", "Year of Entry")),
				day("start_date", "First day of the course, when given.", "", "Start Date"),
				of(pipeline.YesNo, "deferred_flag", "Y: entry put off to the next year.", "N", "Deferred", "Deferred Entry", "Deferred Y/N"),
				required(code("ucas_statuses", "application_status", "How the application stands; only a place is evidence.", "placed", "Status", "Decision", "Application Status", "Reply", "Decision/Reply")),
				day("status_date", "Day of the status.", "18/08/2021", "Status Date", "Decision Date"),
			},
		}},
	}
}
