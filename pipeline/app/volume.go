package app

import (
	"nightjar/pipeline"
	"nightjar/sources"
	"nightjar/sources/erase"
)

// volumeRules are the configured guards in the form the sources take.
func (a *App) volumeRules() map[string]sources.VolumeRule {
	out := make(map[string]sources.VolumeRule)
	for name, g := range a.cfg.VolumeGuards(a.datasets) {
		out[name] = sources.VolumeRule{Hold: g.Hold, Share: g.Share}
	}
	return out
}

// loader loads into a folder, holds each list against the provider's last, and
// leaves out whoever was erased.
func (a *App) loader(lake string, files pipeline.FileLedger, erased *erase.Filter) pipeline.Loader {
	o := a.loaderOptions(lake)
	o.Erased = erased
	return sources.GuardVolume(sources.NewLoader(o), files, a.volumeRules())
}
