// Package datasets holds one Go value per kind of list: its contract, the
// header texts it goes by, its documentation and its example, all in one
// place, so that the check, the error text and the manual cannot disagree.
//
// To add a dataset: write its file beside these, add it to All, give it a
// staging model, and run the tests.
package datasets

import "nightjar/pipeline"

// All returns every dataset in the order in which a night reads them:
// reference-like lists first, people after.
func All() []pipeline.Dataset {
	return []pipeline.Dataset{
		Postcodes(), StatisticalNeighbours(), Comparators(),
		Caseload(), CohortChecks(), CollegeStarters(), UCAS(), Interventions(), Registers(),
	}
}

// ByName returns the dataset of that name.
func ByName(name string) (pipeline.Dataset, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return pipeline.Dataset{}, false
}

// The shorthands below keep a contract readable: one line, one column.

func text(name, doc, example string, aliases ...string) pipeline.Column {
	return pipeline.Column{Name: name, Kind: pipeline.Text, Doc: doc, Example: example, Aliases: aliases}
}

func of(kind pipeline.Kind, name, doc, example string, aliases ...string) pipeline.Column {
	return pipeline.Column{Name: name, Kind: kind, Doc: doc, Example: example, Aliases: aliases}
}

func day(name, doc, example string, aliases ...string) pipeline.Column {
	return of(pipeline.Day, name, doc, example, aliases...)
}

func code(list, name, doc, example string, aliases ...string) pipeline.Column {
	c := of(pipeline.Code, name, doc, example, aliases...)
	c.List = list
	return c
}

func needed(c pipeline.Column) pipeline.Column {
	c.Presence = pipeline.Needed
	return c
}

func required(c pipeline.Column) pipeline.Column {
	c.Presence = pipeline.Required
	return c
}

func wide(width int, c pipeline.Column) pipeline.Column {
	c.Width = width
	return c
}
