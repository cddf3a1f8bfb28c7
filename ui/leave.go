package ui

import (
	"context"
	"slices"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// leave is for the window's close button: the window ends, the agent stays. Where no tray icon would remind one of
// it, the window stays too, unless one wants Keyfob to end.
func (w *Window) leave() {
	if !w.drawn || w.snapshot.Agent.Tray {
		w.win.Close()
		return
	}
	if slices.ContainsFunc(w.sheets, asksToLeave) {
		return
	}
	body := newText("This desktop has no place for Keyfob’s icon, so this window stays open while Keyfob keeps you " +
		"signed in. You can minimize it.")
	var s *sheet
	s = w.openSheet("Keep Keyfob open?", body, nil,
		w.newButton(primary, "Keep open", func() { s.close() }),
		w.newButton(plain, "Quit Keyfob", func() {
			s.close()
			w.quit()
		}))
	s.asksToLeave()
}

// quit ends the agent and then the window. Sign-ins that live in memory only would be lost, so it asks about them.
func (w *Window) quit() {
	if !slices.ContainsFunc(w.snapshot.Accounts, forgetful) {
		w.stop()
		return
	}
	var s *sheet
	cancel := w.newButton(plain, "Cancel", func() { s.close() })
	s = w.openSheet("Quit Keyfob?", newText("Your sign-ins are kept in memory only. They end with Keyfob."), cancel,
		w.newButton(primary, "Quit Keyfob", w.stop), cancel)
	s.asksToLeave()
}

func asksToLeave(s *sheet) bool { return s.leaving }

// forgetful tells a sign-in that ends with the agent.
func forgetful(a account.Account) bool { return a.Status.HasSession() && !a.Saved }

func (w *Window) stop() {
	r := w.agent
	if r == nil {
		w.win.Close()
		return
	}
	w.quitting = true
	w.task(func(ctx context.Context) {
		if err := r.Stop(ctx); err != nil {
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
