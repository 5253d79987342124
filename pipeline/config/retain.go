package config

import "time"

// Retain says how long things are kept. What is left out is kept for ever.
type Retain struct {
	Archive    *Duration `yaml:"archive"`    // originals of lists, since their delivery
	Quarantine *Duration `yaml:"quarantine"` // rows that broke their contract, since their delivery
	Lists      *Duration `yaml:"lists"`      // lists written for callers and institutions into the restricted folder
	Versions   *Duration `yaml:"versions"`   // kept publications that readers do not see, with their people
	Work       *Duration `yaml:"work"`       // what killed commands left in the work folder
	Ledger     *Duration `yaml:"ledger"`     // history of runs and slots; 90d at least
	PeopleAge  int       `yaml:"people_age"` // years of age from which a person goes from every list; 20 at least
}

// The least ages: younger history is needed to catch up on slots, younger
// people are tracked by law, or were until lately.
const (
	leastHistory   = 90 * 24 * time.Hour
	leastPeopleAge = 20
)

func (c *Config) validateRetain(doc *document) {
	r := c.Retain
	if r.Ledger != nil && time.Duration(*r.Ledger) < leastHistory {
		doc.add("retain.ledger", "must be 90d or more: missed runs are looked for in the history")
	}
	if r.PeopleAge != 0 && r.PeopleAge < leastPeopleAge {
		doc.add("retain.people_age", "must be %d or more: younger people are tracked, those with an EHC plan up to 25", leastPeopleAge)
	}
	for field, d := range map[string]*Duration{"archive": r.Archive, "quarantine": r.Quarantine, "lists": r.Lists, "versions": r.Versions, "work": r.Work} {
		if d != nil && time.Duration(*d) < 24*time.Hour {
			doc.add("retain."+field, "must be 1d or more")
		}
	}
}
