package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"nightjar/pipeline"
)

// Hold says how far the figures may move in one night before a person has to
// look. A night beyond it is built and not published; release publishes it.
type Hold struct {
	CohortShrinksPercent float64 `yaml:"cohort_shrinks_percent"`  // of the cohort of a month; 0 switches it off
	NotKnownRisesPercent float64 `yaml:"not_known_rises_percent"` // of the cohort that turns to not known; 0 switches it off
	MinimumCohort        int64   `yaml:"minimum_cohort"`          // smaller cohorts are not compared: one person is a large share of them
	EmptyList            bool    `yaml:"empty_list"`              // a new list without a single accepted row holds the night
}

// Liveness says how others can tell that the nights go on.
type Liveness struct {
	Listen    string     `yaml:"listen"`   // address of /healthz, /readyz and /metrics; empty: none
	MaxAge    Duration   `yaml:"max_age"`  // the last good night may be this old before /readyz says no
	Required  []Required `yaml:"required"` // lists that must be fresh before the heartbeat is sent
	Heartbeat Heartbeat  `yaml:"heartbeat"`
}

// Required is a dataset whose newest delivery must not be older than MaxAge.
type Required struct {
	Dataset string   `yaml:"dataset"`
	MaxAge  Duration `yaml:"max_age"`
}

// Heartbeat is an address that is asked for as long as all is well; whoever
// watches it raises the alarm when it stays silent.
type Heartbeat struct {
	URL   SecretRef `yaml:"url"`
	Every Duration  `yaml:"every"`
}

// Alerts says who is told when something goes wrong and when it is mended.
type Alerts struct {
	Webhook Webhook `yaml:"webhook"`
	Mail    Mail    `yaml:"mail"`
}

// Webhook is an address that takes a JSON message.
type Webhook struct {
	URL SecretRef `yaml:"url"`
}

// Mail is a mail server and who gets mail.
type Mail struct {
	Host     string    `yaml:"host"`
	Port     int       `yaml:"port"`
	TLS      string    `yaml:"tls"` // starttls (default), tls from the first byte, or none
	From     string    `yaml:"from"`
	To       []string  `yaml:"to"`
	Username string    `yaml:"username"`
	Password SecretRef `yaml:"password"`
	Morning  string    `yaml:"morning"` // time of day of the morning mail, such as 07:30; empty: none
}

// SecretRef says where a secret is kept. The secret itself never stands in the
// configuration.
type SecretRef struct {
	Env  string `yaml:"env"`  // environment variable
	File string `yaml:"file"` // file whose first line it is; readable by its owner only
}

// Set reports whether the configuration names a place.
func (r SecretRef) Set() bool { return r.Env != "" || r.File != "" }

// Read fetches the secret from its place.
func (r SecretRef) Read() (pipeline.Secret, error) {
	if r.Env != "" {
		v := os.Getenv(r.Env)
		if v == "" {
			return pipeline.Secret{}, fmt.Errorf("%w: environment variable %s is not set; the configuration expects a secret there", pipeline.ErrUsage, r.Env)
		}
		return pipeline.NewSecret(v), nil
	}
	info, err := os.Stat(r.File)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return pipeline.Secret{}, fmt.Errorf("%w: secret file %s can be read by others; chmod 600 it", pipeline.ErrUsage, r.File)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(r.File)
	}
	if err != nil {
		return pipeline.Secret{}, fmt.Errorf("%w: secret file %s: %w", pipeline.ErrUsage, r.File, unwrapPath(err))
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSpace(line); line == "" {
		return pipeline.Secret{}, fmt.Errorf("%w: the first line of secret file %s is empty", pipeline.ErrUsage, r.File)
	}
	return pipeline.NewSecret(line), nil
}

func (r *SecretRef) resolve(base string) {
	if r.File != "" && !filepath.IsAbs(r.File) {
		r.File = filepath.Join(base, r.File)
	}
}

func (r SecretRef) validate(doc *document, field string) {
	if r.Env != "" && r.File != "" {
		doc.add(field, "names two places; keep env or file")
	}
}

var timeOfDay = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// MorningCron returns the morning mail's time as a cron expression, empty
// where there is none.
func (m Mail) MorningCron() string {
	t, err := time.Parse("15:04", m.Morning)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d * * *", t.Minute(), t.Hour())
}

// Set reports whether mail can be sent.
func (m Mail) Set() bool { return m.Host != "" }

// Validate is shared with the check of the whole configuration.
func (c *Config) validateLiveness(doc *document, known map[string]pipeline.Dataset) {
	for field, v := range map[string]float64{
		"hold.cohort_shrinks_percent": c.Hold.CohortShrinksPercent, "hold.not_known_rises_percent": c.Hold.NotKnownRisesPercent,
	} {
		if v < 0 || v > 100 {
			doc.add(field, "must lie between 0 and 100; 0 switches it off")
		}
	}
	if c.Hold.MinimumCohort < 0 {
		doc.add("hold.minimum_cohort", "must be 0 or more")
	}
	l := c.Liveness
	if l.Listen != "" {
		if _, port, err := net.SplitHostPort(l.Listen); err != nil || port == "" {
			doc.add("liveness.listen", "%q is not an address; write it as 127.0.0.1:9637", l.Listen)
		}
	}
	if l.MaxAge <= 0 {
		doc.add("liveness.max_age", "must be more than nothing; write it as 36h")
	}
	for i, r := range l.Required {
		field := fmt.Sprintf("liveness.required[%d]", i)
		if _, ok := known[r.Dataset]; !ok {
			doc.add(field+".dataset", "no such dataset; expected one of: %s", join(sortedKeys(known)))
		}
		if r.MaxAge <= 0 {
			doc.add(field+".max_age", "says how old the newest delivery may be; write it as 40d")
		}
	}
	if l.Heartbeat.Every < Duration(time.Minute) {
		doc.add("liveness.heartbeat.every", "must be a minute or more")
	}
	l.Heartbeat.URL.validate(doc, "liveness.heartbeat.url")
	c.Alerts.Webhook.URL.validate(doc, "alerts.webhook.url")
	c.Alerts.Mail.validate(doc)
}

func (m Mail) validate(doc *document) {
	m.Password.validate(doc, "alerts.mail.password")
	if !m.Set() {
		if len(m.To) > 0 || m.Morning != "" || m.From != "" {
			doc.add("alerts.mail.host", "is empty; name the mail server")
		}
		return
	}
	if m.Port < 1 || m.Port > 65535 {
		doc.add("alerts.mail.port", "must lie between 1 and 65535")
	}
	switch m.TLS {
	case "starttls", "tls", "none":
	default:
		doc.add("alerts.mail.tls", "%q is not known; write starttls, tls or none", m.TLS)
	}
	if m.TLS == "none" && m.Username != "" {
		doc.add("alerts.mail.tls", "none would send the password in the clear; write starttls or tls, or leave username out")
	}
	if (m.Username != "") != m.Password.Set() {
		doc.add("alerts.mail.password", "username and password belong together; write password: {env: NAME} or {file: PATH}")
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		doc.add("alerts.mail.from", "%q is not an address", m.From)
	}
	if len(m.To) == 0 {
		doc.add("alerts.mail.to", "is empty; name who gets the mail")
	}
	for i, to := range m.To {
		if _, err := mail.ParseAddress(to); err != nil {
			doc.add(fmt.Sprintf("alerts.mail.to[%d]", i), "%q is not an address", to)
		}
	}
	if m.Morning != "" && !timeOfDay.MatchString(m.Morning) {
		doc.add("alerts.mail.morning", "%q is not a time of day; write it as \"07:30\", in quotes", m.Morning)
	}
}

// CheckURL returns what is wrong with a secret address, without repeating it.
func CheckURL(s pipeline.Secret) error {
	u, err := url.Parse(s.Reveal())
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%w: the address is not of the form https://host/path", pipeline.ErrUsage)
	}
	return nil
}
