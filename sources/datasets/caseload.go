package datasets

import "nightjar/pipeline"

// Caseload is the monthly extract of the council's caseload system, one row
// per young person and characteristic, with the flat header that suppliers
// write for the NCCIS return.
func Caseload() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "caseload",
		Title:  "Monthly caseload",
		Doc:    "Everybody the council tracks at a month end, with the activity last recorded. What the statutory return says.",
		Period: pipeline.PeriodFromColumn, PeriodColumn: "period_end",
		Merge: pipeline.Replaces, Personal: true, MaxRejected: 0.05,
		Layouts: []pipeline.Layout{{
			Name: "flat", Relation: "caseload",
			RepeatKey:  []string{"client_id", "period_end"},
			RepeatFree: []string{"characteristic_code"},
			Doc:        "Flat header of the NCCIS monthly return.",
			Columns: []pipeline.Column{
				text("database_id", "Three-digit id of the caseload database.", "343"),
				wide(3, text("la_code", "Three-digit code of the authority that made the return.", "343", "LEACode")),
				day("date_of_send", "Day the extract was made.", "05/11/2021", "DateOfSend"),
				required(day("period_end", "Last day of the month the extract describes.", "31/10/2021", "PeriodEnd")),
				text("supplier_name", "Supplier of the caseload system.", "Servelec", "SupplierName"),
				required(text("client_id", "Stable id of the young person in the caseload system.", "3430000012345", "YoungPersonsID", "YPID", "Client ID", "ClientId")),
				required(code("cohort_statuses", "cohort_status", "Whether the person is counted, or how they left (NCCIS YP10).", "P", "CohortStatus")),
				required(text("given_name", "First name.", "Amira", "GivenName", "Forename", "First Name")),
				text("middle_name", "Middle names.", "", "MiddleName", "Middle Names"),
				required(text("family_name", "Family name.", "Okafor", "FamilyName", "Surname", "Last Name")),
				text("address_line_1", "Address.", "1 Example Road", "AddressLine1"),
				text("address_line_2", "Address.", "", "AddressLine2"),
				text("address_line_3", "Address.", "", "AddressLine3"),
				text("address_line_4", "Address.", "", "AddressLine4"),
				text("town", "Post town.", "Bootle"),
				text("county", "County.", "Merseyside"),
				of(pipeline.Postcode, "postcode", "Home postcode; ZZ99 9ZZ when unknown.", "L20 9ZZ", "Post Code"),
				code("genders", "gender", "Sex as recorded.", "F", "Sex"),
				required(day("birth_date", "Date of birth.", "14/02/2005", "DateOfBirth", "DOB", "Birth Date", "Date Of Birth", "moth/year of birth")),
				text("ethnicity", "Ethnic group code.", "WBRI"),
				required(wide(3, text("lead_la_code", "Authority of residence, which is responsible.", "343", "LeadLEA", "Lead LA"))),
				wide(3, text("educated_la_code", "Authority of the place of education.", "343", "EducatedLEA", "Educated LA")),
				of(pipeline.ULN, "uln", "Unique learner number; 9999999999 is no key.", "9276308686", "UniqueLearnerNo", "Unique Learner Number"),
				of(pipeline.UPN, "upn", "Unique pupil number; a temporary one ends in a letter.", "B801200005001", "UniquePupilNumber", "Unique Pupil Number"),
				text("previous_client_id", "Id before a merge of records.", "", "PreviousYPIDIdentifier"),
				code("guarantee_statuses", "guarantee_status", "September Guarantee status (NCCIS YP46).", "110", "GuaranteeStatusIndicator", "GuaranteeStatus"),
				wide(3, text("year_11_la_code", "Authority that educated the person in Year 11.", "343", "LEACodeAtYear11")),
				wide(3, text("transferred_to_la_code", "Authority the person moved to; 000 to 003 outside England.", "", "TransferredToLACode")),
				text("level_of_need", "1 intensive, 2 supported, 3 minimum.", "3", "LevelOfNeedCode"),
				of(pipeline.YesNo, "send_flag", "Y: has a current education, health and care plan.", "N", "SENDFlag"),
				of(pipeline.YesNo, "sen_support_flag", "Y: SEN support without a plan.", "N", "SENSupportFlag"),
				code("characteristics", "characteristic_code", "A circumstance such as caring or being looked after; a person with several has several rows.", "140", "CharacteristicCode", "Characteristic"),
				required(code("activity_codes", "activity_code", "What the person does (NCCIS CA01).", "210", "ActivityCode", "Activity Code")),
				required(day("start_date", "First day of the activity.", "06/09/2021", "StartDate", "Activity Start Date")),
				day("ascertained_date", "Day the activity was recorded.", "10/09/2021", "DateAscertained"),
				day("verified_date", "Day the activity was last confirmed.", "30/09/2021", "DateVerified"),
				day("lapse_date", "Day the record stops being current, by the supplier's reckoning.", "31/08/2022", "DueToLapseDate"),
				of(pipeline.YesNo, "currency_lapsed", "Y: the supplier counts the record as no longer current.", "N", "CurrencyLapsed"),
				wide(7, text("establishment_number", "Seven digits, authority and establishment.", "3434100", "EstablishmentNumber")),
				text("establishment_name", "Name of school, college or employer.", "", "EstablishmentName"),
				text("ukprn", "Provider reference number.", "10003193", "UKProviderReferenceNumber", "UKPRN"),
				day("predicted_end_date", "Planned end of the course.", "31/07/2023", "PredictedEndDate"),
				day("review_date", "Day the record should be looked at again.", "", "ReviewDate"),
				day("neet_start_date", "First day of the continuous NEET spell; survives moves between NEET codes.", "", "NEETStartDate", "NeetStartDate"),
				text("intended_destination", "What the person planned in Year 11.", "211", "IntendedDestinationYr11"),
			},
		}},
	}
}
