package datasets

import "nightjar/pipeline"

// StatisticalNeighbours is a published list of the ten authorities most like
// each authority. Lists change, so the vintage is part of the key.
func StatisticalNeighbours() pipeline.Dataset {
	return pipeline.Dataset{
		Name:   "statistical_neighbours",
		Title:  "Statistical neighbours",
		Doc:    "Each authority's statistical neighbours, closest first, by vintage of the list.",
		Period: pipeline.PeriodVintage, PeriodColumn: "list_vintage",
		Merge: pipeline.Replaces, MaxRejected: 0,
		Layouts: []pipeline.Layout{{
			Name: "long", Relation: "statistical_neighbours",
			RepeatKey: []string{"la_code", "neighbour_rank", "list_vintage"},
			Doc:       "One row per authority and neighbour.",
			Columns: []pipeline.Column{
				required(wide(3, text("la_code", "DfE three-digit code of the authority.", "343", "LA Code", "LA number"))),
				text("la_name", "Name of the authority as printed.", "Sefton", "LA Name"),
				required(of(pipeline.Integer, "neighbour_rank", "1 is the closest.", "1", "Rank", "SN rank")),
				needed(wide(3, text("neighbour_code", "DfE three-digit code of the neighbour; blank where the list prints a dash for an authority without neighbours.", "344", "Neighbour Code", "SN LA number"))),
				text("neighbour_name", "Name of the neighbour as printed.", "Wirral", "Neighbour Name"),
				text("closeness", "How alike the two are, in DfE's words.", "Very Close"),
				text("la_region", "Region as printed.", "North West"),
				text("section", "Part of the list, current or abolished authorities.", "current"),
				of(pipeline.Month, "list_vintage", "Month of the list.", "2021-04", "Vintage", "List Vintage"),
			},
		}},
	}
}
