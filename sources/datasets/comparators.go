package datasets

import "nightjar/pipeline"

// Comparators is published or portal data on other authorities.
// Four layouts; why a value is missing is kept.
func Comparators() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "comparators",
		Title:  "Published comparators",
		Doc:    "NEET, not-known, participation and guarantee figures of every authority, region and England.",
		Period: pipeline.PeriodFromYear,
		Merge:  pipeline.Replaces, MaxRejected: 0.05,
		Layouts: []pipeline.Layout{scorecard(), lait(), tidy(), portal()},
	}
}

func figure(name, doc string, aliases ...string) pipeline.Column {
	return of(pipeline.Figure, name, doc, "5.5", aliases...)
}

func scorecard() pipeline.Layout {
	return pipeline.Layout{
		Name: "scorecard", Relation: "comparators_scorecard",
		Doc: "DfE NEET scorecard as published, any year; one row per authority, region and England.",
		Columns: []pipeline.Column{
			required(of(pipeline.Integer, "time_period", "Publication year: NEET is December of the year before to February, participation March, guarantee September of the year before.", "2021")),
			text("time_identifier", "DfE's time label.", "Calendar year"),
			required(text("geographic_level", "National, Regional or Local authority.", "Local authority")),
			text("country_code", "GSS code.", "E92000001"),
			text("country_name", "Name.", "England"),
			text("region_code", "GSS code.", "E12000002"),
			text("region_name", "Name as printed.", "North West"),
			wide(3, text("old_la_code", "DfE three-digit code.", "343")),
			text("new_la_code", "GSS code.", "E08000014"),
			text("la_name", "Name as printed.", "Sefton"),
			text("age", "Age band as printed.", "16-17"),
			figure("cohort_djf_average", "Mean cohort of December to February.", "Cohort_DJFavg"),
			needed(figure("combined_percent", "NEET or not known, per cent.", "NEET_not_known_percent")),
			needed(figure("neet_percent", "NEET, per cent.")),
			needed(figure("not_known_percent", "Not known, per cent.", "Notknown_percent")),
			figure("combined_change_points", "Published change on the year before.", "annual_change_ppts_NEET_not_known"),
			figure("neet_change_points", "Published change on the year before.", "annualchange_NEET"),
			figure("not_known_change_points", "Published change on the year before.", "annualchange_notknown"),
			figure("cohort_march", "Cohort of March.", "cohort_March"),
			needed(figure("participating_percent", "Participating in education and training, per cent.", "TOTAL_participating_in_education_and_training_percent")),
			figure("full_time_education_percent", "Full-time education, per cent.", "Full_time_education_percent"),
			figure("apprenticeship_percent", "Apprenticeship, per cent.", "Apprenticeship_percent"),
			figure("other_education_percent", "Other education and training, per cent.", "Other_education_and_training_percent"),
			figure("participating_change_points", "Published change on the year before.", "annual_change_Participation_in_education_training"),
			figure("guarantee_percent", "September Guarantee, offer made, per cent; may exceed 100.", "September_guarantee_Offer_made_percent"),
			figure("guarantee_change_points", "Published change on the year before.", "September_guarantee_annual_change_ppts"),
			figure("combined_quintile", "DfE's quintile of the unrounded value, 1 = lowest.", "NEET_NK_quintile"),
			figure("neet_quintile", "DfE's quintile.", "NEET_quintile"),
			figure("not_known_quintile", "DfE's quintile.", "Notknown_quintile"),
			figure("participating_quintile", "DfE's quintile.", "Participation_ET_quintile"),
			figure("guarantee_quintile", "DfE's quintile.", "Sep_guarantee_quintile"),
		},
	}
}

func lait() pipeline.Layout {
	return pipeline.Layout{
		Name: "lait", Relation: "comparators_lait",
		Doc: "DfE's LAIT, long format; the measure is known by its short name.",
		Columns: []pipeline.Column{
			required(text("measure_short", "Short name of the measure; codes are shared between measures, names are not.", "16-17 NEET", "Measure_short")),
			text("measure", "Full name as printed.", ""),
			text("polarity", "Low or High: which end is good.", "Low"),
			text("dps", "Decimals shown.", "NA"),
			text("year_type", "What the year means.", "Financial Year"),
			required(of(pipeline.Integer, "year", "Year as printed.", "2021", "Years")),
			required(wide(3, text("la_number", "DfE three-digit code; regions and England have their own numbers.", "343", "LA number", "la_code"))),
			text("area_name", "Name as printed.", "Sefton", "LA and Regions"),
			text("region", "Region as printed.", "North West"),
			needed(figure("value_raw", "Value as printed, or the symbol why it is missing.", "Values")),
			of(pipeline.Decimal, "value_num", "Value as a number; used only where value_raw is absent.", "3", "value_num"),
		},
	}
}

func tidy() pipeline.Layout {
	return pipeline.Layout{
		Name: "tidy", Relation: "comparators_tidy",
		Doc: "Our own table: one row per area, period and measure.",
		Columns: []pipeline.Column{
			required(wide(3, text("la_code", "DfE three-digit code, or the GSS code of a region, a city region or England.", "343", "area_code"))),
			text("area_name", "Name as printed.", "Sefton"),
			required(text("value_period", "Month 2021-10 or academic year 2020/21; the guarantee year for the guarantee.", "2020/21", "period")),
			required(code("period_kinds", "period_kind", "month, three_month or published.", "three_month")),
			required(code("measures", "measure", "Measure by its name in ref.measures.", "combined_percent")),
			needed(figure("value", "The value, or the symbol why it is missing.")),
			figure("denominator", "Cohort behind the value, where published.", "cohort"),
			figure("published_change_points", "Published change on the year before."),
			figure("published_quintile", "Published quintile, 1 = lowest value."),
			required(code("source_kinds", "source_kind", "published, portal or synthetic.", "published")),
			required(text("source", "Publication the value was typed from, with its licence.", "DfE NEET scorecard 2021, OGL v3.0")),
		},
	}
}

func portal() pipeline.Layout {
	return pipeline.Layout{
		Name: "portal", Relation: "comparators_portal",
		Doc: "Monthly table downloaded by hand from the NCCIS portal: counts of every authority.",
		Columns: []pipeline.Column{
			required(wide(3, text("la_code", "DfE three-digit code.", "343", "LA Code", "LEA"))),
			required(of(pipeline.Month, "month", "Month the counts describe.", "2021-10", "Period")),
			required(of(pipeline.Integer, "cohort", "Residents of academic age 16 and 17 counted.", "5536")),
			needed(of(pipeline.Figure, "neet", "NEET, people, or why it is missing.", "158")),
			needed(of(pipeline.Figure, "not_known", "Not known, people, or why it is missing.", "28", "NK", "notknown")),
			of(pipeline.Figure, "participating", "Participating, people, or why it is missing.", "5100"),
			code("source_kinds", "source_kind", "portal, or synthetic for made-up rows; portal when absent.", "portal"),
		},
	}
}
