package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"nightjar/pipeline"
	"nightjar/pipeline/ledger"
)

// goneSince tells a build what was erased and removed since the lists came, so
// that what it makes says why it differs from what was made then.
func (a *App) goneSince(ctx context.Context, in pipeline.BuildInput) (pipeline.BuildInput, error) {
	if _, err := os.Stat(a.ledgerFile()); errors.Is(err, fs.ErrNotExist) {
		return in, nil
	}
	book, err := ledger.OpenReadOnly(a.ledgerFile())
	if err != nil {
		return in, err
	}
	defer book.Close()
	if in.Erasures, err = book.Erasures(ctx); err == nil {
		in.Removals, err = book.Removals(ctx)
	}
	if err != nil {
		return in, fmt.Errorf("erasures cannot be read from the ledger: %w", err)
	}
	return in, nil
}
