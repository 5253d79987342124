package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nightjar/pipeline"
	"nightjar/pipeline/calendar"
	"nightjar/pipeline/notify"
)

// glance is the longest that the watch waits between two looks.
const glance = time.Minute

// watch looks after everything that is no slot: lists that are late, messages
// that wait, the heartbeat.
func (d *daemon) watch(ctx context.Context) {
	timer := time.NewTicker(glance)
	defer timer.Stop()
	for {
		d.tick(ctx)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-d.news:
		}
	}
}

// tick is one look.
func (d *daemon) tick(ctx context.Context) {
	a := d.current()
	v, err := a.vitals(ctx, d.book)
	if err != nil {
		a.Log.Error("the state of the installation cannot be read", "error", err, "hint", "see that the ledger's disk has room and can be read")
		return
	}
	d.lateLists(ctx, v)
	if err := d.tell(ctx, a); err != nil {
		a.Log.Error("people could not be told; it is tried again every minute", "error", err)
	}
	d.beat(ctx, a, v)
}

// raise opens or closes an alert and wakes the watch.
func (d *daemon) raise(ctx context.Context, alert pipeline.Alert) {
	a := d.current()
	news, err := d.book.RaiseAlert(ctx, alert)
	if err != nil {
		a.Log.Error("alert cannot be written", "subject", alert.Subject, "error", err)
		return
	}
	if !news {
		return
	}
	a.Log.Warn("alert", "subject", alert.Subject, "state", alert.State, "say", alert.Say)
	select {
	case d.news <- struct{}{}:
	default: // it is awake already
	}
}

// lateLists opens an alert for each list that is late in its season, and
// closes it when the list came or the season is over.
func (d *daemon) lateLists(ctx context.Context, v Vitals) {
	for _, it := range v.expected {
		a := pipeline.Alert{Subject: fmt.Sprintf("list %s from %s, due %s", it.Dataset, it.Provider, it.Due), Since: v.At}
		switch it.State {
		case calendar.Late:
			a.State, a.Say = pipeline.AlertOpen, fmt.Sprintf("%s: nothing has come since %s", it.Season, it.Opens)
		case calendar.Arrived:
			a.State, a.Say = pipeline.AlertOver, "came on "+it.ArrivedOn.String()
		case calendar.Missing:
			a.State, a.Say = pipeline.AlertOver, "did not come in its season, which is over; nobody is reminded any more"
		default:
			continue
		}
		d.raise(ctx, a)
	}
}

// channels returns the ways to tell people that the configuration names.
func (a *App) channels() ([]notify.Channel, error) {
	var out []notify.Channel
	var errs []error
	if ref := a.cfg.Alerts.Webhook.URL; ref.Set() {
		url, err := ref.Read()
		if err == nil {
			out = append(out, notify.Webhook{URL: url})
		}
		errs = append(errs, err)
	}
	if a.cfg.Alerts.Mail.Set() {
		m, err := a.mail()
		if err == nil {
			out = append(out, m)
		}
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// mail returns the configured mail server with its password.
func (a *App) mail() (notify.Mail, error) {
	c := a.cfg.Alerts.Mail
	m := notify.Mail{Host: c.Host, Port: c.Port, Mode: c.TLS, From: c.From, To: c.To, Username: c.Username, Clock: a.Clock}
	var err error
	if c.Password.Set() {
		m.Password, err = c.Password.Read()
	}
	return m, err
}

// tell sends one message about everything that people have not been told of.
// It counts as told when every channel took it; a channel that did is not
// told again while this process lives.
func (d *daemon) tell(ctx context.Context, a *App) error {
	all, err := d.book.Alerts(ctx)
	if err != nil {
		return err
	}
	channels, err := a.channels()
	if err != nil || len(channels) == 0 {
		return err
	}
	var waiting []pipeline.Alert
	failed := map[string]bool{}
	for _, al := range all {
		if al.Told.IsZero() {
			waiting = append(waiting, al)
		}
	}
	var errs []error
	for _, c := range channels {
		if err := d.tellBy(ctx, c, waiting); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name(), err))
			failed[c.Name()] = true
		}
	}
	d.tellOfChannels(ctx, channels, failed, errs)
	if len(failed) > 0 {
		return errors.Join(errs...)
	}
	for _, al := range waiting {
		errs = append(errs, d.book.AlertTold(ctx, al, a.Clock.Now().UTC()))
		for _, c := range channels {
			delete(d.told, toldKey(c, al))
		}
	}
	return errors.Join(errs...)
}

// tellOfChannels opens an alert about a channel that failed, for the status
// and for the other channels, and closes it when the channel works again.
func (d *daemon) tellOfChannels(ctx context.Context, channels []notify.Channel, failed map[string]bool, errs []error) {
	for _, c := range channels {
		a := pipeline.Alert{Subject: aboutChannel(c), Since: d.current().Clock.Now().UTC(), State: pipeline.AlertOver, Say: "it works"}
		if failed[c.Name()] {
			a.State, a.Say = pipeline.AlertOpen, "messages wait and are tried again every minute: "+errors.Join(errs...).Error()
		}
		d.raise(ctx, a)
	}
}

// aboutChannel is the subject of the alert about a channel. The channel itself
// is not asked to carry it.
func aboutChannel(c notify.Channel) string { return "telling people by " + c.Name() }

func toldKey(c notify.Channel, a pipeline.Alert) string {
	return c.Name() + "\x00" + a.Subject + "\x00" + string(a.State) + "\x00" + a.Since.String()
}

func (d *daemon) tellBy(ctx context.Context, c notify.Channel, waiting []pipeline.Alert) error {
	var fresh []pipeline.Alert
	for _, al := range waiting {
		if !d.told[toldKey(c, al)] && al.Subject != aboutChannel(c) {
			fresh = append(fresh, al)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := c.Send(ctx, alertMessage(fresh)); err != nil {
		return err
	}
	for _, al := range fresh {
		d.told[toldKey(c, al)] = true
	}
	return nil
}

// alertMessage words what went wrong and what is mended.
func alertMessage(list []pipeline.Alert) notify.Message {
	var m notify.Message
	open := 0
	for _, a := range list {
		word := "Mended"
		if a.State == pipeline.AlertOpen {
			word = "Wrong"
			open++
		}
		m.Lines = append(m.Lines, fmt.Sprintf("%s: %s. %s", word, a.Subject, a.Say))
	}
	m.Subject = fmt.Sprintf("Nightjar: %d thing(s) wrong, %d mended", open, len(list)-open)
	m.Lines = append(m.Lines, "nightjar status and nightjar history say more.")
	return m
}

// beat sends the heartbeat while all is well. Silence is the alarm.
func (d *daemon) beat(ctx context.Context, a *App, v Vitals) {
	ref := a.cfg.Liveness.Heartbeat.URL
	if !ref.Set() || v.At.Sub(d.lastBeat) < a.cfg.Liveness.Heartbeat.Every.Span() && !v.At.Before(d.lastBeat) {
		return
	}
	if why := a.stale(v); len(why) > 0 {
		a.Log.Debug("no heartbeat", "why", why)
		return
	}
	url, err := ref.Read()
	if err == nil {
		err = notify.Ping(ctx, nil, url)
	}
	if err != nil {
		a.Log.Error("heartbeat could not be sent; it is tried again every minute", "error", err)
		return
	}
	d.lastBeat = v.At
}
