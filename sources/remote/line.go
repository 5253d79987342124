package remote

import (
	"context"
	"errors"
	"time"

	"nightjar/pipeline"
)

// backoff is the pause before a second attempt; it doubles with each.
const backoff = time.Second

// line keeps a session open for several questions, and opens it again when it
// breaks.
type line struct {
	opt     Options
	session Session
	dead    error // the place could not be reached, and need not be asked again
}

// do asks something, as often as is worth it.
func (l *line) do(ctx context.Context, ask func(Session) error) (err error) {
	if l.dead != nil {
		return l.dead
	}
	opened := true
	for try := range l.opt.Tries {
		if try > 0 {
			if err := l.opt.Wait(ctx, backoff<<(try-1)); err != nil {
				return err
			}
		}
		if err, opened = l.once(ctx, ask); ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil || !errors.Is(err, pipeline.ErrNotReady) {
			break
		}
		l.close()
	}
	if !opened {
		l.dead = err
	}
	return err
}

func (l *line) once(ctx context.Context, ask func(Session) error) (err error, opened bool) {
	if l.session == nil {
		if l.session, err = l.opt.Remote.Open(ctx); err != nil {
			l.session = nil
			return err, false
		}
	}
	return ask(l.session), true
}

func (l *line) close() {
	if l.session != nil {
		l.session.Close()
		l.session = nil
	}
}
