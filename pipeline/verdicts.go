package pipeline

import "fmt"

// quarantineError is what refused files mean for the exit code once the rest
// of the night is done.
func (n *night) quarantineError() error {
	if c := n.count(OutcomeRefused); c > 0 {
		return fmt.Errorf("%w: %d file(s) refused; mend the file or its mapping in the configuration, it is tried again next run", ErrQuarantine, c)
	}
	return nil
}

// heldError stops a night at a list that its loader does not trust to be
// whole. The other lists are loaded; nothing is built or published, and the
// list is judged anew on the next run.
func (n *night) heldError() error {
	for _, f := range n.report.Files {
		if f.Outcome == OutcomeHeld {
			return fmt.Errorf("%w: %d list(s) hold the night, first %s: %s", ErrHeld, n.count(OutcomeHeld), f.File, f.Reason)
		}
	}
	return nil
}

// strictError stops a strict night at its first quarantined row.
func (n *night) strictError() error {
	if t := n.report.Totals(); n.opts.Strict && t.Quarantined > 0 {
		return fmt.Errorf("%w: %d row(s) in quarantine and --strict was asked for; nothing was published, a run without --strict publishes", ErrQuarantine, t.Quarantined)
	}
	return nil
}
