package app

import (
	"context"
	"fmt"

	"nightjar/pipeline"
	"nightjar/sources"
)

// Try looks at a file as if it were handed in for a dataset, and loads
// nothing. Provider names the profile of the configuration to use, and may be
// empty.
func (a *App) Try(ctx context.Context, path, dataset, provider string) (sources.Trial, error) {
	if !a.knows(dataset) {
		return sources.Trial{}, fmt.Errorf("%w: no dataset %q; there are: %s", pipeline.ErrUsage, dataset, a.datasetNames())
	}
	trial, err := sources.NewLoader(a.loaderOptions(a.lake())).Try(ctx, sources.TryRequest{
		Path: path, Dataset: dataset, Provider: provider, Now: a.Clock.Now(),
	})
	if err != nil {
		return trial, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	return trial, nil
}
