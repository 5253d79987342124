package transforms

import (
	"slices"
	"sync"
)

// plan hands out the steps of a build to the lanes: making a model, and running
// a check file. No step comes before what it reads is made. It also tells
// which relations no step will read again.
type plan struct {
	mu      sync.Mutex
	changed *sync.Cond
	steps   []planStep
	order   []int            // checks first: what they read can go the sooner
	readers map[string][]int // relation that may be dropped → the steps that read it
	atWork  int
	stopped bool
}

type planStep struct {
	waits []int // the steps that make what this one reads
	state planState
	alone bool // has failed for want of memory beside another
}

type planState int

const (
	planWaiting planState = iota
	planAtWork
	planDone
)

// newPlan plans models and check files; the steps of the latter follow those
// of the former.
func newPlan(models []Model, checks []CheckFile) *plan {
	p := &plan{steps: make([]planStep, len(models)+len(checks)), readers: map[string][]int{}}
	p.changed = sync.NewCond(&p.mu)
	for i := range p.steps {
		p.order = append(p.order, (i+len(models))%len(p.steps))
	}
	places := make(map[string]int, len(models))
	behindView := map[string][]string{}
	for i, m := range models {
		places[m.Relation()] = i
		reads := reachedBy(m.Reads, behindView)
		if m.View {
			behindView[m.Relation()] = reads
		} else {
			reads = append(slices.Clone(reads), m.Relation())
		}
		p.add(i, reads, models, places)
	}
	for i, c := range checks {
		p.add(len(models)+i, reachedBy(c.Reads, behindView), models, places)
	}
	return p
}

// reachedBy returns what is read, and what is read through views.
func reachedBy(reads []string, behindView map[string][]string) []string {
	out := slices.Clone(reads)
	for _, r := range reads {
		out = append(out, behindView[r]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *plan) add(step int, reads []string, models []Model, places map[string]int) {
	for _, r := range reads {
		at, made := places[r]
		if made && at != step {
			p.steps[step].waits = append(p.steps[step].waits, at)
		}
		if isMatched(r) || made && !models[at].View {
			p.readers[r] = append(p.readers[r], step)
		}
	}
}

// next returns the next step that can be made, waiting for one where others
// are at work; false when nothing is left to begin.
func (p *plan) next() (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if p.stopped || !slices.ContainsFunc(p.steps, func(s planStep) bool { return s.state == planWaiting }) {
			return 0, false
		}
		if at, ok := p.choose(); ok {
			p.steps[at].state = planAtWork
			p.atWork++
			return at, true
		}
		p.changed.Wait()
	}
}

// choose finds a step to begin. One that has to be alone begins when nobody is
// at work, and nobody begins beside it.
func (p *plan) choose() (int, bool) {
	lonely := slices.IndexFunc(p.steps, func(s planStep) bool { return s.alone && s.state != planDone })
	if lonely >= 0 {
		return lonely, p.atWork == 0
	}
	at := slices.IndexFunc(p.order, func(i int) bool { return p.steps[i].state == planWaiting && p.ready(i) })
	if at < 0 {
		return 0, false
	}
	return p.order[at], true
}

func (p *plan) ready(i int) bool {
	for _, w := range p.steps[i].waits {
		if p.steps[w].state != planDone {
			return false
		}
	}
	return true
}

// done notes that a step is made, and returns the relations that no other will
// read, each once.
func (p *plan) done(at int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.steps[at].state = planDone
	p.atWork--
	p.changed.Broadcast()
	var unread []string
	for _, relation := range sortedKeys(p.readers) {
		if !slices.ContainsFunc(p.readers[relation], func(i int) bool { return p.steps[i].state != planDone }) {
			unread = append(unread, relation)
			delete(p.readers, relation)
		}
	}
	return unread
}

// again puts a step back that ran out of memory, to be made with all of the
// memory to itself; false when it was.
func (p *plan) again(at int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.steps[at].alone {
		return false
	}
	p.steps[at] = planStep{waits: p.steps[at].waits, alone: true}
	p.atWork--
	p.changed.Broadcast()
	return true
}

func (p *plan) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.changed.Broadcast()
}
