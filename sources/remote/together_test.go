package remote_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightjar/pipeline"
	"nightjar/sources/remote"
)

// stub is a source that gives what it is told to.
type stub struct {
	list     []pipeline.Arrival
	issues   []pipeline.Issue
	err      error
	missed   error
	archived []string
}

func (s *stub) Arrivals(context.Context, []string) ([]pipeline.Arrival, []pipeline.Issue, error) {
	return s.list, s.issues, s.err
}

func (s *stub) Archive(_ context.Context, a pipeline.Arrival) error {
	s.archived = append(s.archived, a.Name)
	return nil
}

func (s *stub) Missed() error { return s.missed }

func arrival(path, name string, minute int) pipeline.Arrival {
	return pipeline.Arrival{Path: path, Delivery: pipeline.Delivery{Name: name, DeliveredAt: time.Date(2021, 10, 1, 0, minute, 0, 0, time.UTC)}}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	inbox := &stub{list: []pipeline.Arrival{arrival("/inbox/b", "b", 2)}, issues: []pipeline.Issue{{File: "x"}}}
	one := &stub{list: []pipeline.Arrival{arrival("/one/b", "b", 1), arrival("/one/a", "a", 2)}, issues: []pipeline.Issue{{File: "y"}}}
	two := &stub{err: errors.New("disk is broken; mend it")}
	all := remote.NewTogether(inbox, 3, remote.Member{Name: "one", Source: one}, remote.Member{Name: "two", Source: two})
	list, issues, err := all.Arrivals(t.Context(), nil)
	if err != nil {
		t.Fatal(err) // waiting would mend nothing
	}
	var got []string
	for _, a := range list {
		got = append(got, a.Path)
		if err := all.Archive(t.Context(), a); err != nil {
			t.Error(err)
		}
	}
	if strings.Join(got, " ") != "/one/b /one/a /inbox/b" {
		t.Errorf("order %v", got)
	}
	if len(one.archived) != 2 || len(inbox.archived) != 1 {
		t.Errorf("archived %v and %v", one.archived, inbox.archived)
	}
	if len(issues) != 3 || issues[0].File != "one:y" || issues[1].File != "two:" || issues[2].File != "x" {
		t.Errorf("issues %v", issues)
	}
	if missed := all.Missed(); missed == nil || !strings.Contains(missed.Error(), "place two: disk is broken") || errors.Is(missed, pipeline.ErrNotReady) {
		t.Errorf("missed %v", missed)
	}
}

func TestTogetherIsPatientAsLongAsItIsAskedAgain(t *testing.T) {
	t.Parallel()
	place := &stub{list: []pipeline.Arrival{arrival("/p", "p", 1)}, missed: &remote.Problem{Say: "No.", Passing: true}}
	all := remote.NewTogether(&stub{}, 2, remote.Member{Name: "place", Source: place})
	for range 2 {
		if _, _, err := all.Arrivals(t.Context(), nil); !errors.Is(err, pipeline.ErrNotReady) {
			t.Errorf("error %v, want one that is worth another look", err)
		}
	}
	list, _, err := all.Arrivals(t.Context(), nil)
	if err != nil || len(list) != 1 || !errors.Is(all.Missed(), pipeline.ErrNotReady) {
		t.Errorf("the last look gives %v, %v, missed %v", list, err, all.Missed())
	}
	place.missed = nil
	if _, _, err := all.Arrivals(t.Context(), nil); err != nil || all.Missed() != nil {
		t.Errorf("error %v, missed %v once it answers", err, all.Missed())
	}
	// The inbox is no place: without it there is no night.
	broken := remote.NewTogether(&stub{err: errors.New("gone")}, 0)
	if _, _, err := broken.Arrivals(t.Context(), nil); err == nil {
		t.Error("a night without inbox")
	}
}

func TestSinkHoldsItsLimit(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "list"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	s := remote.NewSink(f, 5)
	if _, err := s.Write([]byte("12345")); err != nil {
		t.Fatal(err)
	}
	var p *remote.Problem
	if _, err := s.Write([]byte("6")); !errors.As(err, &p) || p.Rule != remote.RuleTooLarge || s.Len() != 5 {
		t.Errorf("error %v, %d bytes", err, s.Len())
	}
	if err := s.Restart(); err != nil || s.Len() != 0 {
		t.Errorf("restart: %v, %d bytes", err, s.Len())
	}
	_ = f.Close() // from here on the disk is broken
	if _, err := s.Write([]byte("1")); !remote.Ours(err) {
		t.Errorf("error %v is not ours", err)
	}
}

func TestNewPlaceRefusesOptions(t *testing.T) {
	t.Parallel()
	if _, err := remote.NewPlace(remote.Options{}); !errors.Is(err, pipeline.ErrUsage) {
		t.Errorf("error %v", err)
	}
}

func TestTLSNeedsACertificate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + "x"} {
		if _, err := remote.TLS(p, "host"); !errors.Is(err, pipeline.ErrUsage) {
			t.Errorf("error %v", err)
		}
	}
}
