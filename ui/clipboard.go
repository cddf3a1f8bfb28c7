package ui

import (
	"context"
	"os"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// clipboardTime is how long a token stays on the clipboard.
const clipboardTime = 30 * time.Second

// copied is the token that this window has put on the clipboard.
type copied struct {
	id    string
	token secret.Text
	timer *time.Timer
}

// copySecret puts a token on the clipboard for a while.
func (w *Window) copySecret(id string, token secret.Text) {
	w.uncopy()
	w.o.App.Clipboard().SetContent(token.Reveal())
	w.copied = copied{id: id, token: token, timer: w.after(clipboardTime, func() {
		w.uncopy()
		w.redraw()
	})}
	w.local(id).copied = true
}

// uncopy takes the token off the clipboard, if it is still there: what a person has copied since is theirs.
func (w *Window) uncopy() {
	if w.copied.token.Empty() {
		return
	}
	w.copied.timer.Stop()
	clearClipboard(w.o.App, w.copied.token)
	if l := w.locals[w.copied.id]; l != nil {
		l.copied = false
	}
	w.copied = copied{}
}

func clearClipboard(a fyne.App, token secret.Text) {
	if c := a.Clipboard(); token.Equal(secret.New(c.Content())) {
		c.SetContent("")
	}
}

// copyText copies what is no secret.
func (w *Window) copyText(s string) {
	w.uncopy()
	w.o.App.Clipboard().SetContent(s)
}

// callbacks are a profile's callback addresses as the provider's form wants them: Auth0's takes commas.
func callbacks(p profile.Profile) string {
	between := "\n"
	if p.Provider == "auth0" {
		between = ", "
	}
	return strings.Join(p.Redirects(), between)
}

// HoldOnClipboard is the whole of a short-lived program: it puts a token on the clipboard, holds it for 30 s and takes
// it off again. The tray uses it, because on X11 and Wayland what is copied lives in a program with a window system.
// Wayland takes it from nobody but the program in front, so that there a small window says what happened.
func HoldOnClipboard(ctx context.Context, a fyne.App, token secret.Text) error {
	ctx, cancel := context.WithTimeout(ctx, clipboardTime)
	defer cancel()
	hold := func() {
		if ctx.Err() == nil { // else nobody would clear it
			a.Clipboard().SetContent(token.Reveal())
		}
	}
	a.Lifecycle().SetOnStarted(hold)
	if os.Getenv("WAYLAND_DISPLAY") != "" && os.Getenv("FYNE_PLATFORM") != "x11" {
		a.Lifecycle().SetOnEnteredForeground(sync.OnceFunc(hold)) // who comes back may have copied something else
		holdWindow(a, cancel).Show()
	}
	context.AfterFunc(ctx, func() {
		fyne.Do(func() {
			clearClipboard(a, token)
			a.Quit()
		})
	})
	a.Run()
	return nil
}

func holdWindow(a fyne.App, done func()) fyne.Window {
	a.Settings().SetTheme(newLook())
	win := a.NewWindow("Keyfob")
	said := newText("The access token is copied. It is cleared in 30 s, and when you close this window.")
	win.SetContent(container.New(measure{40 * grid}, padded(2*grid, 2*grid, said)))
	win.SetCloseIntercept(done)
	win.Resize(fyne.NewSize(40*grid, 10*grid))
	return win
}
