package sftpsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"nightjar/pipeline"
	"nightjar/sources/naming"
	"nightjar/sources/remote"
)

// session is one visit of a server.
type session struct {
	server *Server
	conn   *line
	client *ssh.Client
	files  *sftp.Client
}

// Close implements remote.Session.
func (s *session) Close() {
	_ = s.conn.Close() // a farewell would wait for a line that may be dead
	_ = s.files.Close()
	_ = s.client.Close()
}

// Fetch implements remote.Session.
func (s *session) Fetch(ctx context.Context, o remote.Offer, _ string, dst *remote.Sink) (remote.Receipt, error) {
	defer s.conn.busy(ctx)()
	at := path.Join(s.server.opt.Folder, o.Name)
	f, err := s.files.Open(at)
	if err != nil {
		return remote.Receipt{}, fault(err)
	}
	defer func() { _ = f.Close() }() // only read from
	if err := s.unchanged(f, o); err != nil {
		return remote.Receipt{}, err
	}
	if _, err := f.Seek(dst.Len(), io.SeekStart); err != nil {
		return remote.Receipt{}, fault(err)
	}
	if _, err := f.WriteTo(dst); remote.Ours(err) {
		return remote.Receipt{}, err
	} else if err != nil {
		return remote.Receipt{}, fault(err)
	}
	if err := s.unchanged(f, o); err != nil {
		return remote.Receipt{}, err
	}
	if dst.Len() != o.Size {
		return remote.Receipt{}, errors.Join(remote.Growing(), dst.Restart())
	}
	return remote.Receipt{State: o.State}, nil
}

// unchanged compares an open file with what was offered.
func (s *session) unchanged(f *sftp.File, o remote.Offer) error {
	info, err := f.Stat()
	if err != nil {
		return fault(err)
	}
	if state(info) != o.State {
		return remote.Growing()
	}
	return nil
}

// List implements remote.Session.
func (s *session) List(ctx context.Context, datasets []string) ([]remote.Offer, []pipeline.Issue, error) {
	defer s.conn.busy(ctx)()
	entries, err := s.files.ReadDirContext(ctx, s.server.opt.Folder)
	if err != nil {
		return nil, nil, s.rootFault(err)
	}
	w := &walk{session: s}
	for _, e := range entries {
		name := e.Name()
		known := slices.Contains(s.server.opt.Datasets, name)
		switch {
		case name == naming.Manifest && e.Mode().IsRegular():
			w.found = append(w.found, offer(name, e))
		case naming.Ignored(name):
		case e.IsDir() && known && (len(datasets) == 0 || slices.Contains(datasets, name)):
			err = w.dataset(ctx, name)
		case len(datasets) > 0: // somebody asked for one dataset; the rest is not his business
		case !known:
			w.add(name, "unknown_dataset", "No dataset has this name, so nothing of it was taken.",
				"Have it put into <dataset>/<provider>/; datasets are "+strings.Join(s.server.opt.Datasets, ", "))
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return w.offers(), w.issues, nil
}

// walk gathers what a search meets.
type walk struct {
	session *session
	found   []remote.Offer
	done    []string // files that a marker says to be whole
	issues  []pipeline.Issue
}

func (w *walk) add(name, rule, say, hint string) {
	w.issues = append(w.issues, pipeline.Issue{File: strings.ToValidUTF8(name, "?"), Rule: rule, Say: say, Hint: hint})
}

// offers returns what was found, with the markers' word.
func (w *walk) offers() []remote.Offer {
	for i, o := range w.found {
		w.found[i].Whole = slices.Contains(w.done, o.Name)
	}
	return w.found
}

// dataset looks into a dataset's folder, in which providers' folders stand.
func (w *walk) dataset(ctx context.Context, name string) error {
	return w.folder(ctx, name, func(e fs.FileInfo, name string) error {
		if !e.IsDir() {
			w.add(name, "no_provider", "The file lies directly in the dataset's folder, so nobody knows whose it is.",
				"Have it moved into a folder named after its provider")
			return nil
		}
		return w.provider(ctx, name, maxDepth)
	})
}

// maxDepth is how deep folders below a provider's are searched.
const maxDepth = 16

// provider looks into a provider's folder. Files nested deeper belong to the
// provider too.
func (w *walk) provider(ctx context.Context, folder string, depth int) error {
	return w.folder(ctx, folder, func(e fs.FileInfo, name string) error {
		switch {
		case e.IsDir() && depth == 0:
			w.add(name, remote.RuleBadName, "Its folders lie too deep to be searched.", "Have it moved up")
		case e.IsDir():
			return w.provider(ctx, name, depth-1)
		case !e.Mode().IsRegular():
			w.add(name, "not_a_file", "This is a link or a device, not a file.", "Have the file itself put there")
		default:
			w.found = append(w.found, offer(name, e))
		}
		return nil
	})
}

// folder calls do for everything in a folder that may be a list. A folder
// that cannot be read is reported and passed over.
func (w *walk) folder(ctx context.Context, folder string, do func(e fs.FileInfo, name string) error) error {
	entries, err := w.session.files.ReadDirContext(ctx, path.Join(w.session.server.opt.Folder, folder))
	if err != nil {
		p := fault(err)
		if p.Passing {
			return p
		}
		w.issues = append(w.issues, p.Issue(folder))
		return nil
	}
	for _, e := range entries {
		name := folder + "/" + e.Name()
		if whole, marks := strings.CutSuffix(name, naming.DoneSuffix); marks {
			w.done = append(w.done, whole)
		}
		if naming.Ignored(e.Name()) {
			continue
		}
		if say := naming.BadPart(e.Name()); say != "" {
			w.add(name, remote.RuleBadName, say, "Have it renamed")
			continue
		}
		if err := do(e, name); err != nil {
			return err
		}
	}
	return nil
}

func offer(name string, e fs.FileInfo) remote.Offer {
	return remote.Offer{Name: name, State: state(e), Size: e.Size()}
}

// state is what changes when a file is written to: SFTP tells seconds.
func state(e fs.FileInfo) string { return fmt.Sprintf("%d %d", e.Size(), e.ModTime().Unix()) }

// Probe implements remote.Session.
func (s *session) Probe(ctx context.Context) []pipeline.Issue {
	_, issues, err := s.List(ctx, nil)
	var p *remote.Problem
	if errors.As(err, &p) {
		issues = append(issues, p.Issue(""))
	}
	return issues
}

// rootFault words why the place's own folder cannot be read.
func (s *session) rootFault(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &remote.Problem{Rule: remote.RuleSetting, Say: "The server has no folder " + s.server.opt.Folder + ".",
			Hint: "Correct folder of the place, or have the folder made"}
	case errors.Is(err, fs.ErrPermission):
		return &remote.Problem{Rule: remote.RuleDenied, Say: "The server does not let us read the folder " + s.server.opt.Folder + ".",
			Hint: "Have user " + s.server.opt.User + " given the right to read it"}
	}
	return fault(err)
}

// fault words what is wrong with a file or the line to it. The server's own
// text is not repeated.
func fault(err error) *remote.Problem {
	var (
		p      *remote.Problem
		status *sftp.StatusError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, fs.ErrNotExist):
		return remote.Vanished()
	case errors.Is(err, fs.ErrPermission):
		return &remote.Problem{Rule: remote.RuleDenied, Say: "The server does not let us read it.",
			Hint: "Have our user there given the right to read it; it is tried again next time"}
	case errors.As(err, &status) && status.FxCode() != sftp.ErrSSHFxConnectionLost && status.FxCode() != sftp.ErrSSHFxNoConnection:
		return &remote.Problem{Rule: remote.RuleDenied, Say: fmt.Sprintf("The server cannot read it (SFTP status %d).", status.Code),
			Hint: "Ask who keeps the server; it is tried again next time"}
	}
	return remote.Dropped(err)
}
