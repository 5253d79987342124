// Package config reads nightjar.yaml: strictly, with every default in one
// function and every problem reported at once, each with its field and line.
// Paths are relative to the file. The check command runs this very code.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"nightjar/pipeline"
)

// Config is what an installation decides for itself.
type Config struct {
	Path      string             `yaml:"-"` // the file it was read from, absolute
	Text      []byte             `yaml:"-"` // what stood in it
	Authority Authority          `yaml:"authority"`
	TimeZone  string             `yaml:"time_zone"`
	Folders   Folders            `yaml:"folders"`
	Inbox     Inbox              `yaml:"inbox"`
	Reference string             `yaml:"reference"` // folder whose CSVs replace the shipped reference data of the same name
	Datasets  map[string]Dataset `yaml:"datasets"`
	Settings  map[string]string  `yaml:"settings"` // overrides of ref.settings
	Warehouse Warehouse          `yaml:"warehouse"`
	Publish   Publish            `yaml:"publish"`
	Jobs      []Job              `yaml:"jobs"`
	Hold      Hold               `yaml:"hold"`
	Retain    Retain             `yaml:"retain"`
	Liveness  Liveness           `yaml:"liveness"`
	Alerts    Alerts             `yaml:"alerts"`
	Streams   Streams            `yaml:"streams"` // tables over HTTP
	Places    []Place            `yaml:"places"`  // where lists are handed in beside the inbox

	location *time.Location
}

// Authority is the council that the warehouse is about.
type Authority struct {
	LACode string `yaml:"la_code"` // DfE three-digit code
}

// Folders says where lists come in and where everything else is kept.
type Folders struct {
	Inbox string `yaml:"inbox"`
	Data  string `yaml:"data"`
}

// Inbox says how the drop folder is watched.
type Inbox struct {
	Settle Duration `yaml:"settle"` // how long a file's size must stand still before it is taken
}

// Dataset holds what differs here from the dataset's contract.
type Dataset struct {
	MaxRejectedPercent *float64            `yaml:"max_rejected_percent"`
	VolumeGuard        string              `yaml:"volume_guard"`          // warn, hold or off: what a list that cannot be whole means
	VolumeChange       *float64            `yaml:"volume_change_percent"` // how far a list may differ from the provider's last
	Providers          map[string]Provider `yaml:"providers"`
}

// Provider is what one provider's files need beyond the contract.
type Provider struct {
	Columns map[string]string `yaml:"columns"` // their header text → our column
	Dates   map[string]string `yaml:"dates"`   // our column → dd/mm/yyyy or mm/dd/yyyy
}

// Warehouse bounds what a build may use.
type Warehouse struct {
	MemoryLimit string `yaml:"memory_limit"` // such as 1GB
	Threads     int    `yaml:"threads"`
	TempLimit   string `yaml:"temp_limit"` // disk for intermediate results, such as 20GB
}

// Publish says who may read the result and how many nights are kept.
type Publish struct {
	Group string `yaml:"group"` // group that may read published files; empty: the process's own
	Keep  int    `yaml:"keep"`  // published nights kept, the current one included
	Mode  string `yaml:"mode"`  // link (default), or copy: besides, each publication is copied to Share
	Share string `yaml:"share"` // a folder that may know no links, such as a mounted Windows share
}

// The modes of publishing.
const (
	PublishLink = "link" // readers open published/current, a link
	PublishCopy = "copy" // and a share has copies, with a file that names the current one
)

// Duration is a time span written as 30s, 5m, 6h or 3d. A day is 24 hours.
type Duration time.Duration

// UnmarshalYAML reads a span such as 30s.
func (d *Duration) UnmarshalYAML(b []byte) error {
	var s string
	if err := yaml.Unmarshal(b, &s); err != nil {
		return err
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if days, err := strconv.Atoi(n); err == nil && days >= 0 && days <= maxDays {
			*d = Duration(time.Duration(days) * 24 * time.Hour)
			return nil
		}
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is not a time span; write it as 30s, 5m, 6h or 3d", s)
	}
	*d = Duration(v)
	return nil
}

// maxDays keeps a span far from overflowing.
const maxDays = 36500

// Location returns the time zone in which days and slots are reckoned.
func (c *Config) Location() *time.Location { return c.location }

// defaults returns the values that hold where the file is silent.
func defaults() Config {
	return Config{
		TimeZone:  "Europe/London",
		Folders:   Folders{Inbox: "inbox", Data: "data"},
		Inbox:     Inbox{Settle: Duration(10 * time.Second)},
		Warehouse: Warehouse{MemoryLimit: "1GB", Threads: 2, TempLimit: "20GB"},
		Publish:   Publish{Keep: 3, Mode: PublishLink},
		Hold:      Hold{CohortShrinksPercent: 10, NotKnownRisesPercent: 10, MinimumCohort: 30, EmptyList: true},
		Liveness: Liveness{
			Listen: "127.0.0.1:9637", MaxAge: Duration(36 * time.Hour), // a night and half a day: one missed night shows
			Heartbeat: Heartbeat{Every: Duration(15 * time.Minute)},
		},
		Alerts:  Alerts{Mail: Mail{Port: 587, TLS: "starttls"}},
		Streams: Streams{AtOnce: 2, Timeout: Duration(30 * time.Minute)},
	}
}

// Check is a further look at a configuration that is in order so far, by who
// knows more than this package: it reports each problem with its field.
type Check func(c *Config, problem func(field, say string))

// Load reads the file and checks it against the datasets. The error is
// ErrUsage and lists everything that is wrong, a line each.
func Load(path string, datasets []pipeline.Dataset, checks ...Check) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: configuration %s cannot be read: %w; name another with --config, or write one with: nightjar sample --out demo",
			pipeline.ErrUsage, path, unwrapPath(err))
	}
	return Read(path, text, datasets, checks...)
}

// Read is Load for a text that was read from the file before: what a process
// goes by stays the same while the file is edited.
func Read(path string, text []byte, datasets []pipeline.Dataset, checks ...Check) (*Config, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("%w: configuration %s: %w", pipeline.ErrUsage, path, err)
	}
	c, problems := parse(text, datasets, checks...)
	if len(problems) > 0 {
		return nil, &Error{Path: path, Problems: problems}
	}
	c.Path, c.Text = abs, text
	c.resolve(filepath.Dir(abs))
	return c, nil
}

func unwrapPath(err error) error {
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// resolve makes every path absolute, from the configuration file's folder.
func (c *Config) resolve(base string) {
	for _, p := range []*string{&c.Folders.Inbox, &c.Folders.Data, &c.Reference, &c.Publish.Share} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
	c.resolvePlaces(base)
	for _, r := range []*SecretRef{&c.Liveness.Heartbeat.URL, &c.Alerts.Webhook.URL, &c.Alerts.Mail.Password, &c.Streams.Token} {
		r.resolve(base)
	}
}

// Profiles returns the providers' mappings in the form the loader takes.
func (c *Config) Profiles() map[string]map[string]pipeline.Profile {
	out := make(map[string]map[string]pipeline.Profile)
	for name, d := range c.Datasets {
		out[name] = make(map[string]pipeline.Profile)
		for provider, p := range d.Providers {
			dates := make(map[string]pipeline.Order, len(p.Dates))
			for column, order := range p.Dates {
				dates[column] = pipeline.Order(order)
			}
			out[name][provider] = pipeline.Profile{Columns: p.Columns, Dates: dates}
		}
	}
	return out
}

// Limits returns the quarantine limits that differ from the contracts, as
// shares between 0 and 1.
func (c *Config) Limits() map[string]float64 {
	out := make(map[string]float64)
	for name, d := range c.Datasets {
		if d.MaxRejectedPercent != nil {
			out[name] = *d.MaxRejectedPercent / 100
		}
	}
	return out
}
