package app

import (
	"context"
	"errors"
	"fmt"

	"nightjar/pipeline"
	"nightjar/pipeline/audit"
	"nightjar/pipeline/config"
	"nightjar/pipeline/ledger"
	"nightjar/transforms"
)

// Versions lists the publications that are kept, newest first.
func (a *App) Versions(ctx context.Context) ([]transforms.Version, error) {
	return a.publisher().Versions(ctx)
}

// RollBack shows readers a kept publication again, the one before the current
// when run is empty. It takes the lock of the data folder, so that no night
// publishes meanwhile. by and reason are kept beside it; they name nobody but
// the person who decides.
func (a *App) RollBack(ctx context.Context, run, by, reason string) (pipeline.Publication, error) {
	lock, err := ledger.Lock(a.lockFile(), a.Clock.Now())
	if err != nil {
		return pipeline.Publication{}, err
	}
	defer func() { _ = lock.Unlock() }()
	if err := transforms.SweepPublished(a.published()); err != nil { // a killed run's folder is no publication
		return pipeline.Publication{}, err
	}
	pub, err := a.publisher().RollBack(ctx, run, by, reason)
	if err == nil {
		err = errors.Join(
			a.share(ctx),
			a.audited(ctx, audit.Event{Kind: audit.Rollback, By: by, About: pub.RunID, Say: reason}))
	}
	return pub, err
}

// share brings the share of publish.mode copy to what readers see here. Where
// that fails, what is published here stays, and the next night tries again.
func (a *App) share(ctx context.Context) error {
	if a.cfg.Publish.Mode != config.PublishCopy {
		return nil
	}
	copied, err := transforms.CopyToShare(ctx, transforms.ShareOptions{Published: a.published(), Share: a.cfg.Publish.Share, Keep: a.cfg.Publish.Keep})
	if err != nil {
		return fmt.Errorf("readers of the share still see the result before: %w; the next night tries again", err)
	}
	if copied {
		a.Log.Info("the share was brought up to date")
	}
	return nil
}
