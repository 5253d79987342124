package matching

import (
	"slices"

	"nightjar/pipeline"
)

// decided is what reviewers decided about a subject.
type decided struct {
	accepted string
	rejected []string
	notOurs  bool
}

func decideBySubject(all []pipeline.Decision) map[string]decided {
	out := map[string]decided{}
	for _, d := range all {
		now := out[d.Subject]
		switch d.Verdict {
		case pipeline.VerdictAccept:
			now.accepted, now.notOurs = d.PersonID, false
		case pipeline.VerdictNotOurs:
			now.accepted, now.notOurs = "", true
		case pipeline.VerdictReject:
			now.rejected = append(slices.Clip(now.rejected), d.PersonID)
		}
		out[d.Subject] = now
	}
	return out
}

func (d decided) rejects(person string) bool { return slices.Contains(d.rejected, person) }
