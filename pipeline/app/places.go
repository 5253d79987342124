package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/config"
	"nightjar/sources"
	"nightjar/sources/httpsource"
	"nightjar/sources/remote"
	"nightjar/sources/sftpsource"
	"nightjar/sources/sqlsource"
)

// landing is where the places' lists land, a folder for each.
func (a *App) landing() string { return filepath.Join(a.cfg.Folders.Data, "landing") }

// everywhere is the inbox and the configured places as one source. A dry run
// fetches into a folder of its own and remembers nothing; clean removes that.
func (a *App) everywhere(inbox pipeline.Source, files pipeline.FileLedger, o RunOptions) (all *remote.Together, clean func() error, err error) {
	landing, clean := a.landing(), func() error { return nil }
	if o.DryRun && len(a.cfg.Places) > 0 {
		if landing, err = os.MkdirTemp(a.work(), "dry-run-places-"); err != nil {
			return nil, nil, fmt.Errorf("dry run: %w; check the disk", err)
		}
		clean = func() error { return os.RemoveAll(landing) }
	}
	members := make([]remote.Member, len(a.cfg.Places))
	for i, p := range a.cfg.Places {
		folder := filepath.Join(landing, p.Name)
		if o.DryRun {
			if err := remote.Recall(filepath.Join(a.landing(), p.Name), folder); err != nil {
				return nil, nil, errors.Join(fmt.Errorf("dry run: %w; check the disk", err), clean())
			}
		}
		source, err := a.place(p, folder, files)
		if err != nil {
			source = missing{err} // the other places' lists are not to suffer
		}
		members[i] = remote.Member{Name: p.Name, Source: source}
	}
	return remote.NewTogether(inbox, o.Retry.Times, members...), clean, nil
}

// missing is a place that cannot even be asked.
type missing struct{ err error }

// Arrivals implements pipeline.Source.
func (m missing) Arrivals(context.Context, []string) ([]pipeline.Arrival, []pipeline.Issue, error) {
	return nil, nil, m.err
}

// Archive implements pipeline.Source; nothing ever arrives.
func (m missing) Archive(context.Context, pipeline.Arrival) error { return m.err }

// place returns one configured place as a source.
func (a *App) place(p config.Place, landing string, files pipeline.FileLedger) (pipeline.Source, error) {
	if p.Kind == config.PlaceFolder {
		return a.dropFolder(p.Folder, time.Duration(a.cfg.Inbox.Settle), files)
	}
	r, err := a.remote(p)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(landing, 0o700); err != nil {
		return nil, fmt.Errorf("landing folder: %w; check the rights of the data folder", err)
	}
	landed, err := a.dropFolder(landing, 0, files)
	if err != nil {
		return nil, err
	}
	return remote.NewPlace(remote.Options{
		Remote: r, Folder: landing, Landed: landed, Ledger: files, Datasets: a.datasetList(), MaxBytes: p.MaxBytes(),
		Settle: time.Duration(a.cfg.Inbox.Settle), Clock: a.Clock,
	})
}

// remote returns what a place is asked through. It touches no network.
func (a *App) remote(p config.Place) (remote.Remote, error) {
	switch p.Kind {
	case config.PlaceSFTP:
		phrase, err := secret(p.Passphrase)
		if err != nil {
			return nil, err
		}
		return sftpsource.New(sftpsource.Options{
			Host: p.Host, Port: p.Port, User: p.User, KeyFile: p.KeyFile, Passphrase: phrase, KnownHosts: p.KnownHosts,
			Folder: p.Folder, Datasets: a.datasetList(), Silence: time.Duration(p.Timeout),
		})
	case config.PlaceHTTPS:
		return httpsPlace(p)
	case config.PlaceSQL:
		return a.sqlPlace(p)
	}
	return nil, fmt.Errorf("%w: place %s is of no kind that can be asked; correct kind", pipeline.ErrUsage, p.Name)
}

func httpsPlace(p config.Place) (remote.Remote, error) {
	bearer, err1 := secret(p.Bearer)
	password, err2 := secret(p.Password)
	trust, err3 := remote.TLS(p.CAFile, "")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	o := httpsource.Options{Bearer: bearer, User: p.User, Password: password, TLS: trust, Silence: time.Duration(p.Timeout)}
	for _, l := range p.Lists {
		o.Lists = append(o.Lists, httpsource.List{Name: l.Name(), Dataset: l.Dataset, URL: l.URL})
	}
	return httpsource.New(o)
}

func (a *App) sqlPlace(p config.Place) (remote.Remote, error) {
	password, err := secret(p.Password)
	if err != nil {
		return nil, err
	}
	o := sqlsource.Options{
		Engine: sqlsource.Engine(p.Engine), Host: p.Host, Port: p.Port, Database: p.Database, User: p.User, Password: password,
		Location: a.cfg.Location(), Timeout: time.Duration(p.Timeout),
	}
	if p.TLS != "none" {
		if o.TLS, err = remote.TLS(p.CAFile, p.Host); err != nil {
			return nil, err
		}
	}
	for _, l := range p.Lists {
		o.Lists = append(o.Lists, sqlsource.List{Name: l.Name(), Dataset: l.Dataset, Query: l.Query})
	}
	return sqlsource.New(o)
}

// secret fetches a secret where one is named.
func secret(r config.SecretRef) (pipeline.Secret, error) {
	if !r.Set() {
		return pipeline.Secret{}, nil
	}
	return r.Read()
}

// dropFolder is a folder of lists that share the archive.
func (a *App) dropFolder(folder string, settle time.Duration, files pipeline.FileLedger) (*sources.DropFolder, error) {
	return sources.NewDropFolder(sources.DropFolderOptions{
		Inbox: folder, Archive: a.archive(), Datasets: a.datasetList(), Settle: settle, Location: a.cfg.Location(), Clock: a.Clock, Ledger: files,
	})
}

func (a *App) datasetList() []string {
	names := make([]string, len(a.datasets))
	for i, d := range a.datasets {
		names[i] = d.Name
	}
	return names
}

// withoutPlaces says of a night that went well otherwise which places' lists
// it had to do without: it is published, and somebody has to look.
func withoutPlaces(rep *pipeline.RunReport, err, missed error) error {
	if missed == nil || err != nil && !errors.Is(err, pipeline.ErrQuarantine) {
		return err
	}
	say := fmt.Errorf("the night is done without everything that was on offer: %w", missed)
	if err != nil {
		say = fmt.Errorf("%w; beside that: %s", say, err.Error()) // not an ErrQuarantine, which the daemon takes for done
	}
	rep.ExitCode, rep.Reason = pipeline.ExitCode(say), say.Error()
	return say
}

// checkPlaces checks what can be checked without asking anybody: keys,
// secrets, certificates, folders.
func (a *App) checkPlaces() Finding {
	f := Finding{What: "places", Say: fmt.Sprintf("%d beside the inbox", len(a.cfg.Places)), Problems: []string{}}
	for _, p := range a.cfg.Places {
		var err error
		if p.Kind == config.PlaceFolder {
			if _, err = os.Stat(p.Folder); err != nil {
				err = fmt.Errorf("%w; make the folder or mount its share", err)
			}
		} else {
			_, err = a.remote(p)
		}
		if err != nil {
			f.Problems = append(f.Problems, fmt.Sprintf("%s: %v", p.Name, err))
		}
		for _, l := range p.Lists {
			if p.Kind == config.PlaceSQL && !strings.Contains(strings.ToLower(l.Query), "order by") {
				f.Notes = append(f.Notes, fmt.Sprintf("%s: the query of %s has no ORDER BY, so the same rows in another order count as another list", p.Name, l.Name()))
			}
		}
	}
	return f
}

// ProbePlaces asks every place whether its lists could be had, without moving
// any. The error is ErrUsage where there is no such place.
func (a *App) ProbePlaces(ctx context.Context) ([]Finding, error) {
	if !slices.ContainsFunc(a.cfg.Places, func(p config.Place) bool { return p.Kind != config.PlaceFolder }) {
		return nil, fmt.Errorf("%w: no server or database is configured; add one under places in %s", pipeline.ErrUsage, a.ConfigPath)
	}
	var out []Finding
	for _, p := range a.cfg.Places {
		if p.Kind == config.PlaceFolder {
			continue
		}
		f := Finding{What: "place " + p.Name, Say: p.Kind + " answers", Problems: []string{}}
		r, err := a.remote(p)
		if err != nil {
			f.Problems = append(f.Problems, err.Error())
		} else {
			for _, i := range remote.Probe(ctx, r) {
				f.Problems = append(f.Problems, i.String())
			}
		}
		if len(f.Problems) > 0 {
			f.Say = p.Kind
		}
		out = append(out, f)
	}
	return out, ctx.Err()
}
