package ui

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

// Agent is what the window needs of the one process that holds tokens. *agent.Client is one.
type Agent interface {
	Watch(ctx context.Context, face string) (<-chan account.Snapshot, error)
	Profile(ctx context.Context, id string) (profile.Profile, error)
	Import(ctx context.Context, data []byte, replace bool) error
	Remove(ctx context.Context, id string) (account.SignOutReport, error)
	Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error)
	SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error
	Cancel(ctx context.Context, id string) error
	SignOut(ctx context.Context, id string) (account.SignOutReport, error)
	BrowserLogout(ctx context.Context, id string) (page string, err error)
	SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error
	ForgetSecret(ctx context.Context, id string) error
	OpenGateway(ctx context.Context, id string) (account.GatewayDoor, error)
	CloseGateway(ctx context.Context, id string) error
	StartDemo(ctx context.Context) error
	UseMemoryOnly(ctx context.Context) error
	RetryKeychain(ctx context.Context) error
	Policy(ctx context.Context, id string) (account.Policy, error)
	SetPolicy(ctx context.Context, id string, p account.Policy) error
	Log(ctx context.Context, id string) ([]account.HandOut, error)
	Answer(ctx context.Context, request string, a account.Answer) error
	Stop(ctx context.Context) error
}

// Options is what a Window needs; all of it.
type Options struct {
	App fyne.App
	// Connect finds the agent, or starts it. It is called after the first frame.
	Connect func(context.Context) (Agent, error)
	// OpenBrowser starts the person's browser and does not wait for it.
	OpenBrowser func(ctx context.Context, url string) error
	// Check asks the sign-in service of a profile whether it is one.
	Check func(context.Context, profile.Profile) error
	// Call sends a request to the API of an account with its token. waits is told what it waits for: "for …", "until …".
	Call func(ctx context.Context, id string, c Call, waits func(what string)) (Reply, error)
	// Look tells what can be seen in an access token.
	Look func(token secret.Text) Look
	// Do runs a function on the window system's goroutine, without waiting: fyne.Do.
	Do  func(func())
	Now func() time.Time
	Log *slog.Logger
}

// The size at the start: that of a small utility.
const (
	startWidth  = 55 * grid
	startHeight = 75 * grid
)

// slowStart is how long Connect may take before the window says that it is starting; sooner would only flicker.
const slowStart = 400 * time.Millisecond

// Window is Keyfob's window. All of it belongs to the window system's goroutine, except where something else is said.
type Window struct {
	o    Options
	win  fyne.Window
	home *home

	sheets    []*sheet // the last one is on top
	prompt    *prompt  // on top of all sheets; nil while no program waits for an answer
	shortcuts map[string]func()

	agent    Agent // nil until Connect has answered
	snapshot account.Snapshot
	drawn    bool // there was a snapshot
	locals   map[string]*local
	selected string // the account that a wide window shows
	awaited  string // an account that is to be shown when it comes
	copied   copied
	quitting bool        // the agent has been told to stop
	alarm    *time.Timer // the next moment at which a card changes by itself

	latest  atomic.Pointer[account.Snapshot] // for draw; written by follow
	pending atomic.Bool                      // draw is on its way
	over    atomic.Bool                      // the window is closed; nothing is drawn any more

	ctx    context.Context // the callbacks of the window system bring none
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// New makes the window. It shows nothing and asks nobody.
func New(o Options) *Window {
	w := &Window{o: o, locals: map[string]*local{}, ctx: context.Background(), cancel: func() {}}
	o.App.Settings().SetTheme(newLook())
	w.win = o.App.NewWindow("Keyfob")
	w.win.SetPadded(false)
	w.home = w.newHome()
	w.win.SetContent(w.home.root)
	w.win.Resize(fyne.NewSize(startWidth, startHeight))
	w.win.SetMaster()
	w.win.SetCloseIntercept(w.leave)
	w.win.SetOnClosed(w.end)
	w.win.SetOnDropped(w.dropped)
	w.bindKeys()
	return w
}

// ShowAndRun shows the window and returns when it has been closed, or ctx has ended. By then all that it started has
// ended too.
func (w *Window) ShowAndRun(ctx context.Context) error {
	w.win.Show() // draws the first frame
	w.start(ctx)
	w.o.App.Run()
	w.over.Store(true)
	w.cancel()
	w.tasks.Wait()
	return nil
}

// start begins all that the first frame does not wait for.
func (w *Window) start(ctx context.Context) {
	w.ctx, w.cancel = context.WithCancel(ctx)
	context.AfterFunc(ctx, func() { w.do(w.win.Close) })
	w.o.App.Lifecycle().SetOnEnteredForeground(w.cameForward)
	w.connect()
}

// connect goes to the agent, for the first time or after it was lost.
func (w *Window) connect() {
	w.home.waiting("")
	slow := w.after(slowStart, func() {
		if !w.drawn {
			w.home.waiting("Starting…")
		}
	})
	w.task(func(ctx context.Context) {
		err := w.follow(ctx)
		slow.Stop()
		if ctx.Err() == nil {
			w.do(func() { w.lose(err) })
		}
	})
}

// follow draws what the agent says until it falls silent. It runs in a task.
func (w *Window) follow(ctx context.Context) error {
	r, err := w.o.Connect(ctx)
	if err != nil {
		return err
	}
	snapshots, err := r.Watch(ctx, "window")
	if err != nil {
		return err
	}
	w.do(func() { w.agent = r })
	for s := range snapshots {
		w.latest.Store(&s)
		if !w.pending.Swap(true) { // else the draw that is on its way takes this one
			w.do(w.drawLatest)
		}
	}
	return errStopped
}

// errStopped is an agent that has ended while the window was open.
var errStopped = fault.New(fault.NoAgent)

func (w *Window) drawLatest() {
	w.pending.Store(false)
	w.draw(*w.latest.Load())
}

// lose says that the agent cannot be reached.
func (w *Window) lose(err error) {
	if w.quitting {
		return
	}
	w.o.Log.Warn("no agent", "code", fault.CodeOf(err))
	w.agent, w.drawn = nil, false
	w.snapshot.Requests = nil // nobody waits for an answer any more
	w.drawPrompt()
	w.home.lost(err)
}

// draw brings the whole window to s. It comes forward when a person has come back from the browser, and when another
// face asks for it.
func (w *Window) draw(s account.Snapshot) {
	first, before := !w.drawn, w.snapshot
	w.snapshot, w.drawn = s, true
	w.forget(before)
	w.redraw()
	if first && w.prompt != nil || !first && (s.Raise > before.Raise || cameBack(before, s)) {
		w.win.RequestFocus()
	}
}

// cameForward is for a window that somebody turns to: "tomorrow" may have become today, and what they pressed last may
// have been meant for another window.
func (w *Window) cameForward() {
	w.redraw()
	if w.prompt != nil {
		w.prompt.begin()
	}
}

// cameBack tells whether somebody has just finished signing in. One who had cancelled is where they want to be.
func cameBack(before, after account.Snapshot) bool {
	for _, a := range after.Accounts {
		b, ok := before.Account(a.ID)
		if ok && b.Status == account.SigningIn && a.Status.HasSession() && (b.Until.IsZero() || !a.Until.Equal(b.Until)) {
			return true
		}
	}
	return false
}

// redraw shows the latest snapshot as it reads now, and sets the alarm for the next moment at which it reads otherwise.
func (w *Window) redraw() {
	if !w.drawn {
		return
	}
	now := w.o.Now()
	w.home.draw(now)
	w.showAwaited()
	w.drawPrompt()
	w.setAlarm(now)
}

// setAlarm keeps one timer for the whole window, and none while nothing is to change.
func (w *Window) setAlarm(now time.Time) {
	if w.alarm != nil {
		w.alarm.Stop()
		w.alarm = nil
	}
	var next time.Time
	for _, a := range w.snapshot.Accounts {
		for _, t := range changes(a) {
			if t.After(now) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	if !next.IsZero() {
		w.alarm = w.after(next.Sub(now), w.redraw)
	}
}

// changes are the moments at which a card reads otherwise without a new snapshot.
func changes(a account.Account) []time.Time {
	moments := []time.Time{a.Until}
	if a.Attempt != nil {
		moments = append(moments, a.Attempt.Started.Add(longWait))
	}
	return moments
}

// forget drops what is kept of accounts that are gone, and answers that a new state has overtaken.
func (w *Window) forget(before account.Snapshot) {
	for id, l := range w.locals {
		a, ok := w.snapshot.Account(id)
		if !ok {
			delete(w.locals, id)
			continue
		}
		if b, _ := before.Account(id); b.Status == a.Status {
			continue
		}
		if l.tone == words.Good {
			l.said = ""
		}
		if a.Status == account.SigningIn || a.Status.HasSession() {
			l.said, l.err, l.browser, l.page = "", nil, false, ""
		}
	}
}

// local is what this window alone knows of an account.
func (w *Window) local(id string) *local {
	l := w.locals[id]
	if l == nil {
		l = &local{}
		w.locals[id] = l
	}
	return l
}

// task runs f beside the window. The window waits for it at its end, and ends ctx before.
func (w *Window) task(f func(ctx context.Context)) {
	ctx := w.ctx
	w.tasks.Go(func() { f(ctx) })
}

// after runs f on the window system's goroutine in d from now.
func (w *Window) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { w.do(f) })
}

// do runs f on the window system's goroutine, unless the window is closed by then: at its end Fyne runs what is left
// wherever it stands.
func (w *Window) do(f func()) {
	w.o.Do(func() {
		if !w.over.Load() {
			f()
		}
	})
}
