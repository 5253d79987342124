package app

import (
	"nightjar/pipeline"
	"nightjar/sources"
)

// volumeRules are the configured guards in the form the sources take.
func (a *App) volumeRules() map[string]sources.VolumeRule {
	out := make(map[string]sources.VolumeRule)
	for name, g := range a.cfg.VolumeGuards(a.datasets) {
		out[name] = sources.VolumeRule{Hold: g.Hold, Share: g.Share}
	}
	return out
}

// loader loads into a folder and holds each list against the provider's last.
func (a *App) loader(lake string, files pipeline.FileLedger) pipeline.Loader {
	return sources.GuardVolume(sources.NewLoader(a.loaderOptions(lake)), files, a.volumeRules())
}
