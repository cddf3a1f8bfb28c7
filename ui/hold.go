package ui

import (
	"context"
	"os"
	"sync"

	"fyne.io/fyne/v2"

	"keyfob/internal/secret"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// HoldOnClipboard is the whole of a short-lived program: it puts a token on the clipboard, holds it for 30 s and takes
// it off again. The tray uses it, because on X11 and Wayland what is copied lives in a program with a window system.
// Wayland takes it from nobody but the program in front, so that there a small window says what happened.
func HoldOnClipboard(ctx context.Context, a fyne.App, token secret.Text) error {
	ctx, cancel := context.WithTimeout(ctx, view.ClipboardTime)
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
	a.Settings().SetTheme(kit.NewTheme())
	win := a.NewWindow(words.T("ui.title"))
	said := kit.NewText(words.T("ui.hold.said", "seconds", int(view.ClipboardTime.Seconds())))
	win.SetContent(kit.AtMost(40*kit.Grid, kit.Padded(2*kit.Grid, 2*kit.Grid, said)))
	win.SetCloseIntercept(done)
	win.Resize(fyne.NewSize(40*kit.Grid, 10*kit.Grid))
	return win
}
