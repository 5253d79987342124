package datasets

import "nightjar/pipeline"

// Postcodes is a lookup from postcode to authority and ward, in the layouts
// of the ONS Postcode Directory and of Code-Point Open. The ward code tells
// which boundary version a row belongs to.
func Postcodes() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "postcodes",
		Title:  "Postcode lookup",
		Doc:    "Authority and ward of each postcode. Whatever file the council holds is read; the newest row per postcode and boundary version is used.",
		Period: pipeline.PeriodFromYear,
		Merge:  pipeline.Merges, MaxRejected: 0.05,
		Layouts: []pipeline.Layout{
			{
				Name: "directory", Relation: "postcodes",
				Doc: "ONSPD, the Code-Point Open column names, or any table with postcode, authority and ward.",
				Columns: []pipeline.Column{
					required(of(pipeline.Postcode, "postcode", "Postcode.", "L20 9ZZ", "pcds", "pcd", "pcd2", "pcd7", "pcd8", "PC", "Post Code")),
					needed(text("lad_code", "GSS code of the authority.", "E08000014", "oslaua", "laua", "DC", "Admin_district_code", "lad", "ladcd", "LA code", "lad21cd", "lad22cd", "lad23cd", "lad24cd", "lad25cd", "lad26cd")),
					needed(text("ward_code", "GSS code of the ward.", "E05000942", "osward", "ward", "WC", "Admin_ward_code", "wardcd", "wd", "wd21cd", "wd22cd", "wd23cd", "wd24cd", "wd25cd", "wd26cd")),
					text("ward_name", "Name of the ward as printed.", "Linacre"),
					text("ended", "Month the postcode was withdrawn, when it was.", "", "doterm"),
				},
			},
			{
				Name: "codepoint", Relation: "postcodes_codepoint", Headerless: true,
				Doc: "Code-Point Open data files, which come without a header.",
				Columns: []pipeline.Column{
					required(of(pipeline.Postcode, "postcode", "Postcode.", "L20 9ZZ", "PC")),
					text("positional_quality", "Quality of the grid reference.", "10", "PQ", "Positional_quality_indicator"),
					text("eastings", "Metres east.", "333000", "EA"),
					text("northings", "Metres north.", "395000", "NO"),
					text("country_code", "Country.", "E92000001", "CY"),
					text("nhs_region_code", "NHS regional health authority.", "", "RH", "NHS_regional_HA_code"),
					text("nhs_area_code", "NHS health authority.", "", "LH", "NHS_HA_code"),
					text("county_code", "Administrative county.", "", "CC", "Admin_county_code"),
					required(text("lad_code", "GSS code of the authority.", "E08000014", "DC", "Admin_district_code")),
					required(text("ward_code", "GSS code of the ward.", "E05000942", "WC", "Admin_ward_code")),
				},
			},
		},
	}
}
