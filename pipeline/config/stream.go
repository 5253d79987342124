package config

import "time"

// Streams says how tables are handed out over HTTP, at the daemon's address
// (liveness.listen). Without a token nothing is.
type Streams struct {
	Token   SecretRef `yaml:"token"`   // what a client has to show
	AtOnce  int       `yaml:"at_once"` // streams at the same time
	Timeout Duration  `yaml:"timeout"` // the longest that one may take
}

func (c *Config) validateStreams(doc *document) {
	s := c.Streams
	s.Token.validate(doc, "streams.token")
	if s.Token.Set() && c.Liveness.Listen == "" {
		doc.add("streams.token", "is of no use while liveness.listen is empty; write listen: 127.0.0.1:9637")
	}
	if s.AtOnce < 1 || s.AtOnce > 16 {
		doc.add("streams.at_once", "must lie between 1 and 16: each takes a process")
	}
	if s.Timeout < Duration(time.Second) {
		doc.add("streams.timeout", "must be a second or more; write it as 30m")
	}
}
