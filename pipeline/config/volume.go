package config

import "nightjar/pipeline"

// What a list that cannot be whole means for the night.
const (
	GuardWarn = "warn" // it is said, and the list is taken
	GuardHold = "hold" // the night is held until somebody has looked
	GuardOff  = "off"
)

// defaultVolumeChange is how far a list may differ from the provider's last,
// in per cent, where the configuration is silent.
const defaultVolumeChange = 50

// VolumeGuard is the guard of one dataset.
type VolumeGuard struct {
	Hold  bool
	Share float64 // from 0: the share by which a list may differ
}

// VolumeGuards returns the guard of every dataset that has one. Lists about
// people are guarded with a warning where the configuration is silent; other
// lists only where it asks for it, because a published table grows and shrinks
// as it likes.
func (c *Config) VolumeGuards(datasets []pipeline.Dataset) map[string]VolumeGuard {
	out := make(map[string]VolumeGuard)
	for _, d := range datasets {
		own := c.Datasets[d.Name]
		mode := own.VolumeGuard
		if mode == "" && d.Personal {
			mode = GuardWarn
		}
		if mode == "" || mode == GuardOff {
			continue
		}
		change := float64(defaultVolumeChange)
		if own.VolumeChange != nil {
			change = *own.VolumeChange
		}
		out[d.Name] = VolumeGuard{Hold: mode == GuardHold, Share: change / 100}
	}
	return out
}
