package tray

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"fyne.io/systray"

	"keyfob/internal/account"
)

// Actions is what the menu can do; id is the account's. Each call runs in a goroutine of its own, and returns at the
// latest when the context of Run ends: Run waits for it.
type Actions interface {
	SignIn(id string)
	Cancel(id string)
	SignOut(id string)
	CopyToken(id string)
	Open()
	Quit()
}

// Options is what Run needs.
type Options struct {
	Watch  <-chan account.Snapshot // the latest is drawn; may be closed early
	Do     Actions
	Hosted func(bool) // called at the start and whenever a host for tray icons appears or goes
	Log    *slog.Logger
}

// Run shows the icon until ctx ends. It must be called once per process and on the main goroutine: on Windows and
// macOS the icon belongs to the thread that made it. Where there is no session bus it shows nothing and waits.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &tray{ctx: ctx, do: o.Do, log: o.Log, redraw: make(chan struct{}, 1), clicks: make(chan click)}

	defer t.running.Wait()
	if !t.prepare(o.Hosted) {
		<-ctx.Done()
		return nil
	}
	defer context.AfterFunc(ctx, systray.Quit)()
	systray.Run(func() { t.ready(o.Watch) }, nil)
	cancel()
	return nil
}

// tray is the one icon of the process.
type tray struct {
	ctx     context.Context
	do      Actions
	log     *slog.Logger
	running sync.WaitGroup
	clicks  chan click
	redraw  chan struct{} // the panel's colour has changed
	panel   panel
	lost    atomic.Bool // the bus has gone, and the icon with it

	items *items // of the drawing goroutine
}

// ready builds the menu once systray can take it, and starts to follow the snapshots.
func (t *tray) ready(watch <-chan account.Snapshot) {
	t.items = newItems(t.wait)
	t.draw(viewOf(account.Snapshot{}))
	t.running.Go(func() { t.follow(watch) })
}

func (t *tray) follow(watch <-chan account.Snapshot) {
	var latest view
	for {
		select {
		case <-t.ctx.Done():
			return
		case c := <-t.clicks:
			t.running.Go(func() { t.act(c) })
		case <-t.redraw:
			t.draw(latest)
		case s, open := <-watch:
			if !open {
				watch = nil
				continue
			}
			latest = viewOf(s)
			t.draw(latest)
		}
	}
}

// draw brings icon and menu to v. systray panics when its bus goes while it sends; a lost icon is no reason to lose
// the agent and what it holds in memory.
func (t *tray) draw(v view) {
	if t.lost.Load() {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			t.log.Warn("tray icon lost", "cause", p)
		}
	}()
	t.items.apply(v, t.panel.dark())
}

// wait passes clicks on item i to follow. systray drops a click that nobody is waiting for.
func (t *tray) wait(i *item) {
	t.running.Go(func() {
		for {
			select {
			case <-t.ctx.Done():
				return
			case <-i.it.ClickedCh:
			}
			select {
			case <-t.ctx.Done():
				return
			case t.clicks <- i.click.Load().(click):
			}
		}
	})
}

// act does what a click asks for.
func (t *tray) act(c click) {
	switch c.what {
	case nothing:
	case signIn:
		t.do.SignIn(c.id)
	case cancelSignIn:
		t.do.Cancel(c.id)
	case signOut:
		t.do.SignOut(c.id)
	case copyToken:
		t.do.CopyToken(c.id)
	case open:
		t.do.Open()
	case quit:
		t.do.Quit()
	}
}
