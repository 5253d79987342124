package matching

import (
	"encoding/hex"
	"slices"

	"nightjar/pipeline"
)

// decided is what reviewers decided about a subject.
type decided struct {
	accepted string
	rejected []string
	notOurs  bool
}

// undecided is what reviewers decided about nearly everybody.
var undecided decided

func decideBySubject(all []pipeline.Decision) map[[16]byte]*decided {
	out := map[[16]byte]*decided{}
	for _, d := range all {
		var subject [16]byte
		if n, err := hex.Decode(subject[:], []byte(d.Subject[:min(len(d.Subject), 32)])); err != nil || n != len(subject) {
			continue // no subject of ours
		}
		now := out[subject]
		if now == nil {
			now = &decided{}
			out[subject] = now
		}
		switch d.Verdict {
		case pipeline.VerdictAccept:
			now.accepted, now.notOurs = d.PersonID, false
		case pipeline.VerdictNotOurs:
			now.accepted, now.notOurs = "", true
		case pipeline.VerdictReject:
			now.rejected = append(slices.Clip(now.rejected), d.PersonID)
		}
	}
	return out
}

func (d *decided) rejects(person string) bool { return slices.Contains(d.rejected, person) }
