package app

import (
	"context"
	"fmt"
	"os"
	"strings"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// DiffOptions says what to compare.
type DiffOptions struct {
	Before, After string // a run that is kept, a day, current or previous
	Mart          string // neet_rates; empty: every mart
	Where         string // condition on rows of the mart, before or after
	Quick         bool   // say what changed, not why
	Rebuilds      int    // most rebuilds; 0: twelve
}

// Difference is what changed between two states of the published figures, and
// why.
type Difference struct {
	Before   DiffEnd                 `json:"before"`
	After    DiffEnd                 `json:"after"`
	Order    string                  `json:"order"` // in which causes are told apart
	Causes   []Cause                 `json:"causes"`
	Marts    []transforms.MartChange `json:"marts"` // those that differ
	Cells    []CellChange            `json:"cells"`
	Rebuilds int                     `json:"rebuilds"`
	Notices  []string                `json:"notices,omitempty"`
	// PeopleFile lists who entered, left or changed group, with the lines that
	// say so: in the restricted folder. Empty where nobody did.
	PeopleFile string `json:"people_file,omitempty"`
	Moved      int64  `json:"people_rows,omitempty"` // of that list
	// People are its first rows: show them only to whoever asks for them.
	People []Values `json:"people,omitempty"`
}

// DiffEnd is one of the two states.
type DiffEnd struct {
	Name      string `json:"name"` // as it was asked for
	RunID     string `json:"run_id,omitempty"`
	AsAt      string `json:"as_at"`
	Files     int    `json:"files"`
	Decisions int    `json:"decisions"`
	RulesOf   string `json:"rules_of"`
}

// The kinds of causes, in the order in which they are told apart.
const (
	causeErasedSince = "erased_before"
	causeDelivery    = "delivery"
	causeDecision    = "decision"
	causeReference   = "reference"
	causeModels      = "models"
	causeErasedLater = "erased_after"
)

const diffOrder = "Causes are told apart one after the other, each on top of those before it: lists in the order in which they came, decisions, reference data and settings, models with the reference data that comes with them; people erased since stand apart. In another order a cause may count for more or less where two touch the same person; the sum stays."

// Cause is one thing that changed, and how much it explains.
type Cause struct {
	Kind     string   `json:"kind"`
	Say      string   `json:"say"`
	Evidence []string `json:"evidence,omitempty"` // list, decision, row of reference data, model
	Cells    int      `json:"cells"`              // cells that it changed
	Entered  int      `json:"people_entered"`
	Left     int      `json:"people_left"`
	Changed  int      `json:"people_changed_group"`
}

// CellChange is one cell that changed. Steps lead from Before to After without
// a gap, so their changes sum up to the whole.
type CellChange struct {
	Mart   string     `json:"mart"`
	Key    Values     `json:"key"`
	Column string     `json:"column"`
	Before any        `json:"before"`
	After  any        `json:"after"`
	Change *float64   `json:"change,omitempty"` // of numbers
	Steps  []CellStep `json:"steps,omitempty"`
	where  string     // the key in words
}

// CellStep is what one cause did to a cell.
type CellStep struct {
	Cause  int      `json:"cause"` // index in Difference.Causes
	From   any      `json:"from"`
	To     any      `json:"to"`
	Change *float64 `json:"change,omitempty"`
}

// defaultRebuilds bounds the time that an explanation takes.
const defaultRebuilds = 12

// Diff compares two states of the published figures and says why each cell
// changed. It rebuilds what it needs aside and touches nothing that readers
// see; but for Quick it takes the lock of the data folder.
func (a *App) Diff(ctx context.Context, o DiffOptions) (Difference, error) {
	if o.Rebuilds == 0 {
		o.Rebuilds = defaultRebuilds
	}
	if _, err := os.Stat(a.ledgerFile()); err != nil {
		return Difference{}, fmt.Errorf("no list was ever loaded into %s; nightjar run does it", a.cfg.Folders.Data)
	}
	if o.Mart != "" && !strings.Contains(o.Mart, ".") {
		o.Mart = "marts." + o.Mart
	}
	if o.Mart == "" && o.Where != "" {
		return Difference{}, fmt.Errorf("%w: --where needs a mart, such as: nightjar diff previous current neet_rates --where …", pipeline.ErrUsage)
	}
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return Difference{}, err
	}
	defer func() { _ = lock.Unlock() }()
	d := &differ{App: a, o: o, out: Difference{Order: diffOrder}}
	defer d.clean()
	err = d.run(ctx)
	return d.out, err
}

// differ is one comparison as it goes on.
type differ struct {
	*App
	o             DiffOptions
	out           Difference
	before, after diffState
	items         []diffItem
	files         map[string]pipeline.FileRecord // by hash
	parts         map[int]transforms.Part        // by how many items are in force
	cuts          []int                          // the states that were built, ascending
	marts         []transforms.MartChange        // that are asked about and differ
	changed       map[string]transforms.ChangedRows
	folders       []func()
	builds        int
}

func (d *differ) clean() {
	for _, f := range d.folders {
		f()
	}
}

func (d *differ) run(ctx context.Context) error {
	if err := d.noteRules(); err != nil {
		return err
	}
	ends, err := d.readEnds(ctx)
	if err != nil {
		return err
	}
	defer ends.close()
	for _, step := range []func(context.Context, diffEnds) error{d.resolve, d.compareEnds} {
		if err := step(ctx, ends); err != nil {
			return err
		}
	}
	if d.o.Quick || len(d.marts) == 0 {
		return d.tellCells(ctx, []string{d.before.file, d.after.file}, nil)
	}
	if err := d.list(); err != nil {
		return err
	}
	if err := d.rebuild(ctx); err != nil {
		return err
	}
	return d.tell(ctx)
}

// compareEnds finds the marts that differ and the keys of their rows.
func (d *differ) compareEnds(ctx context.Context, _ diffEnds) error {
	c, err := d.compare(ctx, d.before.file, d.after.file)
	if err != nil {
		return err
	}
	defer c.Close()
	var all []transforms.MartChange
	if d.o.Mart == "" {
		all, err = c.Marts(ctx)
	} else {
		all = make([]transforms.MartChange, 1)
		all[0], err = c.Mart(ctx, d.o.Mart)
	}
	if err != nil {
		return err
	}
	d.changed = map[string]transforms.ChangedRows{}
	for _, m := range all {
		if m.Note != "" {
			d.out.Notices = append(d.out.Notices, m.Mart+": "+m.Note)
		}
		if m.Rows() == 0 {
			continue
		}
		rows, err := c.Rows(ctx, m, d.o.Where)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			continue
		}
		if d.changed[m.Mart], err = c.Keys(ctx, m, rows); err != nil {
			return err
		}
		d.marts = append(d.marts, m)
	}
	d.out.Marts = d.marts
	return nil
}

// compare opens files side by side, with the grains of the models in use.
func (d *differ) compare(ctx context.Context, files ...string) (*transforms.Comparison, error) {
	w, err := d.warehouse(d.work(), nil)
	if err != nil {
		return nil, err
	}
	return w.OpenComparison(ctx, files)
}
