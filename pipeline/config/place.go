package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"nightjar/pipeline"
)

// The kinds of places beside the inbox.
const (
	PlaceFolder = "folder" // another drop folder
	PlaceSFTP   = "sftp"
	PlaceHTTPS  = "https"
	PlaceSQL    = "sql"
)

// The database servers that a place of kind sql may be.
const (
	EnginePostgreSQL = "postgresql"
	EngineSQLServer  = "sqlserver"
)

// Place is where lists are handed in beside the inbox. Which fields it has
// depends on its kind; fields of other kinds are refused, because they would
// do nothing.
type Place struct {
	Name    string   `yaml:"name"`
	Kind    string   `yaml:"kind"` // folder, sftp, https or sql
	MaxMiB  int64    `yaml:"max_mib"`
	Timeout Duration `yaml:"timeout"` // silence after which a line is given up; of a query: how long it may take

	Folder string `yaml:"folder"` // folder: path here; sftp: path there that holds <dataset>/<provider>/<file>

	Host       string    `yaml:"host"`
	Port       int       `yaml:"port"`
	User       string    `yaml:"user"`
	Password   SecretRef `yaml:"password"`    // https with user, and sql
	Bearer     SecretRef `yaml:"bearer"`      // https: token
	KeyFile    string    `yaml:"key_file"`    // sftp: private key, readable by its owner only
	Passphrase SecretRef `yaml:"passphrase"`  // sftp: of the key
	KnownHosts string    `yaml:"known_hosts"` // sftp: file in OpenSSH's form
	CAFile     string    `yaml:"ca_file"`     // https and sql: authority that signed the server's certificate
	TLS        string    `yaml:"tls"`         // sql: verify (default), or none for a server on this machine
	Engine     string    `yaml:"engine"`      // sql: postgresql or sqlserver
	Database   string    `yaml:"database"`    // sql

	Lists []PlaceList `yaml:"lists"` // https and sql: what there is
}

// PlaceList is one list of a place that has no folders.
type PlaceList struct {
	Dataset  string `yaml:"dataset"`
	Provider string `yaml:"provider"`
	File     string `yaml:"file"`  // name that the list gets; https: the last part of the address where empty
	URL      string `yaml:"url"`   // https
	Query    string `yaml:"query"` // sql: one SELECT
}

// Name returns the list's path, as if it lay in an inbox.
func (l PlaceList) Name() string { return l.Dataset + "/" + l.Provider + "/" + l.FileName() }

// FileName returns the name of the list's file.
func (l PlaceList) FileName() string {
	if l.File != "" {
		return l.File
	}
	if u, err := url.Parse(l.URL); err == nil && l.URL != "" {
		return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
	}
	return l.Dataset + ".csv"
}

// placeFields says which fields a kind has beside name, kind, max_mib and
// timeout, and which of them must be filled.
var placeFields = map[string]struct{ needed, allowed []string }{
	PlaceFolder: {needed: []string{"folder"}},
	PlaceSFTP:   {needed: []string{"host", "user", "key_file", "known_hosts", "folder"}, allowed: []string{"port", "passphrase", "max_mib", "timeout"}},
	PlaceHTTPS:  {needed: []string{"lists"}, allowed: []string{"user", "password", "bearer", "ca_file", "max_mib", "timeout"}},
	PlaceSQL:    {needed: []string{"engine", "host", "user", "password", "database", "lists"}, allowed: []string{"port", "tls", "ca_file", "max_mib", "timeout"}},
}

func (c *Config) validatePlaces(doc *document, known map[string]pipeline.Dataset) {
	seen := map[string]bool{}
	for i, p := range c.Places {
		field := fmt.Sprintf("places[%d]", i)
		if !jobName.MatchString(p.Name) {
			doc.add(field+".name", "%q is not a place's name; use lower-case letters, digits and dashes", p.Name)
		}
		if seen[p.Name] {
			doc.add(field+".name", "%q is the name of another place too", p.Name)
		}
		seen[p.Name] = true
		if _, ok := placeFields[p.Kind]; !ok {
			doc.add(field+".kind", "%q is not known; write one of: %s", p.Kind, join(sortedKeys(placeFields)))
			continue
		}
		p.validateFields(doc, field)
		p.validateValues(doc, field)
		p.validateLists(doc, field, known)
	}
}

// validateFields finds fields that are missing or belong to another kind.
func (p Place) validateFields(doc *document, field string) {
	kind, v := placeFields[p.Kind], reflect.ValueOf(p)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		set, needed := !v.Field(i).IsZero(), slices.Contains(kind.needed, name)
		switch {
		case name == "name" || name == "kind":
		case needed && !set:
			doc.add(field+"."+name, "is empty; a place of kind %s needs it", p.Kind)
		case set && !needed && !slices.Contains(kind.allowed, name):
			doc.add(field+"."+name, "means nothing to a place of kind %s; leave it out", p.Kind)
		}
	}
}

func (p Place) validateValues(doc *document, field string) {
	if p.MaxMiB < 0 || p.MaxMiB > maxMiB {
		doc.add(field+".max_mib", "must lie between 1 and %d", maxMiB)
	}
	if p.Port < 0 || p.Port > 65535 {
		doc.add(field+".port", "must lie between 1 and 65535")
	}
	for name, ref := range map[string]SecretRef{"password": p.Password, "bearer": p.Bearer, "passphrase": p.Passphrase} {
		ref.validate(doc, field+"."+name)
	}
	if p.Kind == PlaceHTTPS && (p.User != "") != p.Password.Set() {
		doc.add(field+".password", "user and password belong together; write password: {env: NAME} or {file: PATH}")
	}
	if p.Kind == PlaceHTTPS && p.User != "" && p.Bearer.Set() {
		doc.add(field+".bearer", "a place has either a token or user and password; keep one")
	}
	if p.Kind != PlaceSQL {
		return
	}
	if p.Engine != "" && p.Engine != EnginePostgreSQL && p.Engine != EngineSQLServer {
		doc.add(field+".engine", "%q is not known; write %s or %s", p.Engine, EnginePostgreSQL, EngineSQLServer)
	}
	switch p.TLS {
	case "", "verify":
	case "none":
		if ip := net.ParseIP(p.Host); p.Host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			doc.add(field+".tls", "none would send people's data in the clear; it is for a server on this machine or the end of a tunnel here")
		}
	default:
		doc.add(field+".tls", "%q is not known; write verify or none", p.TLS)
	}
}

func (p Place) validateLists(doc *document, field string, known map[string]pipeline.Dataset) {
	seen := map[string]bool{}
	for i, l := range p.Lists {
		at := fmt.Sprintf("%s.lists[%d]", field, i)
		if _, ok := known[l.Dataset]; !ok {
			doc.add(at+".dataset", "no such dataset; expected one of: %s", join(sortedKeys(known)))
		}
		if !plainName(l.Provider) {
			doc.add(at+".provider", "%q cannot be a folder's name; write who the list is from, without slashes", l.Provider)
		}
		if u, err := url.Parse(l.URL); !plainName(l.FileName()) && err == nil && (l.URL == "" || u.Host != "") {
			doc.add(at+".file", "%q cannot be a file's name; write one such as list.csv", l.FileName())
		}
		if seen[l.Name()] {
			doc.add(at+".file", "another list of this place has the same dataset, provider and file; give this one another name")
		}
		seen[l.Name()] = true
		switch p.Kind {
		case PlaceHTTPS:
			l.validateURL(doc, at)
			if l.Query != "" {
				doc.add(at+".query", "means nothing to a place of kind https; leave it out")
			}
		case PlaceSQL:
			if err := checkQuery(l.Query); err != nil {
				doc.add(at+".query", "%s", err)
			}
			if l.URL != "" {
				doc.add(at+".url", "means nothing to a place of kind sql; leave it out")
			}
		}
	}
}

// validateURL never repeats the address: it may hold a token.
func (l PlaceList) validateURL(doc *document, at string) {
	u, err := url.Parse(l.URL)
	switch {
	case err != nil || u.Host == "":
		doc.add(at+".url", "is not an address; write it as https://host/path")
	case u.Scheme != "https":
		doc.add(at+".url", "must begin with https://; people's data does not travel in the clear")
	case u.User != nil:
		doc.add(at+".url", "holds a user or password; write user and password: {env: NAME} of the place instead")
	}
}

// plainName reports whether a text can be the name of one folder or file that
// a drop folder would look at.
func plainName(s string) bool {
	return s != "" && len(s) <= 100 && !strings.HasPrefix(s, ".") && !strings.ContainsAny(s, "/\\\n\r\t\x00") && strings.TrimSpace(s) == s
}

// maxMiB keeps a size far from overflowing.
const maxMiB = 1 << 20

// MaxBytes is the largest list that is taken, in bytes; 512 MiB where the
// configuration is silent.
func (p Place) MaxBytes() int64 {
	if p.MaxMiB == 0 {
		return 512 << 20
	}
	return p.MaxMiB << 20
}

// resolvePlaces makes paths absolute. The folder of an SFTP place is a path on
// the server.
func (c *Config) resolvePlaces(base string) {
	for i := range c.Places {
		p := &c.Places[i]
		paths := []*string{&p.KeyFile, &p.KnownHosts, &p.CAFile}
		if p.Kind == PlaceFolder {
			paths = append(paths, &p.Folder)
		}
		for _, path := range paths {
			if *path != "" && !filepath.IsAbs(*path) {
				*path = filepath.Join(base, *path)
			}
		}
		for _, r := range []*SecretRef{&p.Password, &p.Bearer, &p.Passphrase} {
			r.resolve(base)
		}
	}
}
