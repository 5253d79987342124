package config

import (
	"regexp"

	"nightjar/pipeline"
)

var (
	laCode  = regexp.MustCompile(`^[0-9]{3}$`)
	jobName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	size    = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$`)
)

// validate adds every problem that the types alone do not show.
func (c *Config) validate(doc *document, datasets []pipeline.Dataset) {
	if !laCode.MatchString(c.Authority.LACode) {
		doc.add("authority.la_code", "%q is not a DfE authority code; write its three digits in quotes, such as \"343\"", c.Authority.LACode)
	}
	c.loadZone(doc)
	if c.Folders.Inbox == "" {
		doc.add("folders.inbox", "is empty; name the folder in which lists are dropped")
	}
	if c.Folders.Data == "" {
		doc.add("folders.data", "is empty; name the folder for snapshots and results")
	}
	c.validateWarehouse(doc)
	c.validateRetain(doc)
	known := make(map[string]pipeline.Dataset, len(datasets))
	for _, d := range datasets {
		known[d.Name] = d
	}
	c.validateDatasets(doc, known)
	c.validateJobs(doc, known)
	c.validateLiveness(doc, known)
	c.validateStreams(doc)
	c.validatePlaces(doc, known)
}

func (c *Config) validateWarehouse(doc *document) {
	for field, v := range map[string]string{
		"warehouse.memory_limit": c.Warehouse.MemoryLimit, "warehouse.temp_limit": c.Warehouse.TempLimit,
	} {
		if !size.MatchString(v) {
			doc.add(field, "%q is not a size; write it as 500MB or 4GB", v)
		}
	}
	if c.Warehouse.Threads < 1 {
		doc.add("warehouse.threads", "must be 1 or more")
	}
	if c.Publish.Keep < 1 {
		doc.add("publish.keep", "must be 1 or more: the current night is one of them")
	}
	switch p := c.Publish; {
	case p.Mode != PublishLink && p.Mode != PublishCopy:
		doc.add("publish.mode", "%q is not known; write %s or %s", p.Mode, PublishLink, PublishCopy)
	case p.Mode == PublishCopy && p.Share == "":
		doc.add("publish.share", "is empty; name the folder that mode: copy copies to")
	case p.Mode == PublishLink && p.Share != "":
		doc.add("publish.share", "is of no use with mode: link; write mode: copy")
	}
}

func (c *Config) validateDatasets(doc *document, known map[string]pipeline.Dataset) {
	for _, name := range sortedKeys(c.Datasets) {
		field := "datasets." + name
		ds, ok := known[name]
		if !ok {
			doc.add(field, "no such dataset; expected one of: %s", join(sortedKeys(known)))
			continue
		}
		d := c.Datasets[name]
		if p := d.MaxRejectedPercent; p != nil && (*p < 0 || *p > 100) {
			doc.add(field+".max_rejected_percent", "must lie between 0 and 100")
		}
		if v := d.VolumeGuard; v != "" && v != GuardWarn && v != GuardHold && v != GuardOff {
			doc.add(field+".volume_guard", "%q is not known; write %s, %s or %s", v, GuardWarn, GuardHold, GuardOff)
		}
		if p := d.VolumeChange; p != nil && *p <= 0 {
			doc.add(field+".volume_change_percent", "must be greater than 0; to look away, write volume_guard: %s", GuardOff)
		}
		for _, provider := range sortedKeys(d.Providers) {
			validateProvider(doc, field+".providers."+provider, d.Providers[provider], columnsOf(ds))
		}
	}
}

func validateProvider(doc *document, field string, p Provider, columns map[string]bool) {
	for _, header := range sortedKeys(p.Columns) {
		if !columns[p.Columns[header]] {
			doc.add(field+".columns."+header, "%q is not a column of this dataset", p.Columns[header])
		}
	}
	for _, column := range sortedKeys(p.Dates) {
		if !columns[column] {
			doc.add(field+".dates."+column, "%q is not a column of this dataset", column)
		}
		if o := pipeline.Order(p.Dates[column]); o != pipeline.DMY && o != pipeline.MDY {
			doc.add(field+".dates."+column, "%q is not a date order; write %s or %s", o, pipeline.DMY, pipeline.MDY)
		}
	}
}

func columnsOf(d pipeline.Dataset) map[string]bool {
	out := make(map[string]bool)
	for _, l := range d.Layouts {
		for _, c := range l.Columns {
			out[c.Name] = true
		}
	}
	return out
}

func join(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}
