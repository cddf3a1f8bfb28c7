package ui

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// The size at the start: that of a small utility.
const (
	startWidth  = 55 * kit.Grid
	startHeight = 75 * kit.Grid
)

// slowStart is how long Connect may take before the window says that it is starting; sooner would only flicker.
const slowStart = 400 * time.Millisecond

// The keys of the window's shortcuts, with Ctrl, or Cmd on macOS.
const (
	keyAdd   = fyne.KeyN
	keyOpen  = fyne.KeyO
	keyQuit  = fyne.KeyQ
	keyClose = fyne.KeyW
)

// Window is Keyfob's window. All of it belongs to the window system's goroutine, except where something else is said.
type Window struct {
	base
	win        fyne.Window
	home       *home
	controller *controller
	prompt     *prompt // on top of all sheets; nil while no program waits for an answer

	drawn    bool        // there was a snapshot
	awaited  string      // an account that is to be shown when it comes
	quitting bool        // the agent has been told to stop
	alarm    *time.Timer // the next moment at which a card changes by itself

	latest  atomic.Pointer[account.Snapshot] // for draw; written by follow
	pending atomic.Bool                      // draw is on its way
}

// New makes the window. It shows nothing and asks nobody.
func New(o Options) *Window {
	w := &Window{}
	o.App.Settings().SetTheme(kit.NewTheme())
	w.win = o.App.NewWindow(words.T("ui.title"))
	w.win.SetPadded(false)
	w.o, w.ctx, w.cancel, w.locals = o, context.Background(), func() {}, map[string]*view.Local{}
	w.Frame = kit.NewFrame(w.win.Canvas())
	w.controller = &controller{base: &w.base, redraw: w.redraw, tell: w.tell, focus: w.focusAccount}
	w.home = newHome(w.Frame, pageActions{
		act: w.controller.act, add: w.openAdd, openFile: w.chooseFile, demo: w.tryDemo, memoryOnly: w.useMemoryOnly,
		keychain: w.useKeychain, about: w.openAbout, quit: w.quit, connect: w.connect, cause: w.openCause,
	})
	w.Page, w.Changed = w.home.scroll, w.drawPrompt
	w.win.SetContent(w.home.root)
	w.win.Resize(fyne.NewSize(startWidth, startHeight))
	w.win.SetMaster()
	w.win.SetCloseIntercept(w.leave)
	w.win.SetOnClosed(w.end)
	w.win.SetOnDropped(w.dropped)
	w.Bind(keyAdd, true, w.openAdd)
	w.Bind(keyOpen, true, w.chooseFile)
	w.Bind(keyQuit, false, w.leave)
	w.Bind(keyClose, false, w.leave)
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
			w.home.waiting(words.T("ui.home.starting"))
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
	agent, err := w.o.Connect(ctx)
	if err != nil {
		return err
	}
	snapshots, err := agent.Watch(ctx, "window")
	if err != nil {
		return err
	}
	w.do(func() { w.agent = agent })
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
	said := view.Sentence(err)
	if errors.Is(err, errStopped) {
		said = words.T("ui.home.stopped")
	}
	w.home.lost(said, err)
}

// draw brings the whole window to s. It comes forward when a person has come back from the browser, and when another
// client asks for it.
func (w *Window) draw(s account.Snapshot) {
	first, before := !w.drawn, w.snapshot
	w.snapshot, w.drawn = s, true
	w.forget(before)
	w.redraw()
	if first && w.prompt != nil || !first && (s.Raise > before.Raise || view.CameBack(before, s)) {
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

// redraw shows the latest snapshot as it reads now, and sets the alarm for the next moment at which it reads otherwise.
func (w *Window) redraw() {
	if !w.drawn {
		return
	}
	now := w.o.Now()
	w.home.draw(view.PageOf(w.snapshot, func(id string) view.Local { return *w.local(id) }, now))
	w.showAwaited()
	w.drawPrompt()
	w.setAlarm(now)
}

// showAwaited turns to an account that has been waited for, once it is there.
func (w *Window) showAwaited() {
	id := w.awaited
	if _, there := w.snapshot.Account(id); !there {
		return
	}
	w.awaited = ""
	w.home.selectAccount(id)
	if w.Top() == nil {
		w.home.focusAccount(id)
	}
}

// drawPrompt brings the prompt to the request that waits longest. It goes by itself when that has gone: it was answered
// elsewhere, or nobody answered in time. Who wants to leave is not kept by it.
func (w *Window) drawPrompt() {
	q := w.question()
	if w.prompt != nil && w.prompt.Question != q {
		w.prompt.sheet.Remove()
	}
	if q.ID == "" {
		return
	}
	if w.prompt == nil {
		w.prompt = openPrompt(&w.base, q, w.tellError, func() { w.prompt = nil })
	}
	w.prompt.more.Set(view.MoreWait(len(w.snapshot.Requests) - 1))
}

// question is the one to ask now.
func (w *Window) question() view.Question {
	if len(w.snapshot.Requests) == 0 || w.Guarded() {
		return view.Question{}
	}
	r := w.snapshot.Requests[0]
	a, _ := w.snapshot.Account(r.Account)
	return view.QuestionOf(r, a, w.o.Now())
}

// setAlarm keeps one timer for the whole window, and none while nothing is to change.
func (w *Window) setAlarm(now time.Time) {
	if w.alarm != nil {
		w.alarm.Stop()
		w.alarm = nil
	}
	if next := view.NextChange(w.snapshot, now); !next.IsZero() {
		w.alarm = w.after(next.Sub(now), w.redraw)
	}
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
		if l.Said.Tone == words.Good {
			l.Said.Text = ""
		}
		if a.Status == account.SigningIn || a.Status.HasSession() {
			l.Said.Text, l.Err, l.SignedOutHere, l.LogoutPage = "", nil, false, ""
		}
	}
}
