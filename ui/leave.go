package ui

import (
	"context"
	"slices"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// leave is for the window's close button: the window ends, the agent stays. Where no tray icon would remind one of
// it, the window stays too, unless one wants Keyfob to end.
func (w *Window) leave() {
	if !w.drawn || w.snapshot.Agent.Tray {
		w.win.Close()
		return
	}
	if w.Guarded() {
		return
	}
	body := kit.NewText(words.T("ui.leave.no-tray"))
	var s *kit.Sheet
	s = w.Open(words.T("ui.leave.title"), body, nil,
		w.NewButton(kit.Primary, words.T("ui.leave.keep"), func() { s.Close() }),
		w.NewButton(kit.Plain, words.T("ui.quit.quit"), func() {
			s.Close()
			w.quit()
		}))
	s.Guard()
}

// quit ends the agent and then the window. Sign-ins that live in memory only would be lost, so it asks about them.
func (w *Window) quit() {
	if !slices.ContainsFunc(w.snapshot.Accounts, forgetful) {
		w.stop()
		return
	}
	confirm(w.Frame, confirmation{
		title: words.T("ui.quit.title"), text: words.T("ui.quit.text"),
		yes: words.T("ui.quit.quit"), no: words.T("ui.cancel"),
	}, w.stop).Guard()
}

// forgetful tells a sign-in that ends with the agent.
func forgetful(a account.Account) bool { return a.Status.HasSession() && !a.Saved }

func (w *Window) stop() {
	agent := w.agent
	if agent == nil {
		w.win.Close()
		return
	}
	w.quitting = true
	w.task(func(ctx context.Context) {
		if err := agent.Stop(ctx); err != nil {
			w.o.Log.Warn("the agent did not stop", "code", fault.CodeOf(err))
		}
		w.do(w.win.Close)
	})
}

// end is called when the window closes. A token that was copied here goes first: X11 and Wayland would lose it anyway,
// elsewhere it would stay.
func (w *Window) end() {
	w.uncopy()
	if w.alarm != nil {
		w.alarm.Stop()
	}
	w.over.Store(true)
	w.cancel()
}
