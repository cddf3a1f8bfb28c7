package ui

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// chooseFile lets a person choose a profile file.
func (w *Window) chooseFile() {
	if w.agent == nil {
		return
	}
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		switch {
		case err != nil:
			w.refuse(fault.New(fault.DiskTrouble).Because(err))
		case file != nil:
			w.offerFile(file)
		}
	}, w.win)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".json"}))
	d.SetTitleText(words.T("ui.file.title"))
	d.SetView(dialog.ListView)
	d.SetLocation(downloads())
	d.Show()
	d.Resize(fyne.NewSize(100*kit.Grid, 75*kit.Grid).Min(w.win.Canvas().Size()))
}

// downloads is where a file that one was sent most likely lies; nil leaves the choice to the dialog.
func downloads() fyne.ListableURI {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	folder, err := storage.ListerForURI(storage.NewFileURI(filepath.Join(home, "Downloads")))
	if err != nil {
		return nil
	}
	return folder
}

// dropped takes a profile file that was dropped onto the window.
func (w *Window) dropped(_ fyne.Position, files []fyne.URI) {
	if w.agent == nil || w.Top() != nil || len(files) != 1 {
		return
	}
	path := files[0].Path()
	w.task(func(context.Context) {
		data, err := profile.ReadFile(path)
		w.judge(data, err)
	})
}

// offerFile reads a profile file that is open.
func (w *Window) offerFile(file io.ReadCloser) {
	w.task(func(context.Context) {
		defer file.Close()
		data, err := io.ReadAll(io.LimitReader(file, profile.MaxBytes+1))
		w.judge(data, err)
	})
}

// judge shows what a file says before anything is done with it, or why it cannot be used. It is called from a task.
func (w *Window) judge(data []byte, err error) {
	var p profile.Profile
	if err == nil {
		p, err = profile.Parse(data)
	} else if fault.CodeOf(err) == fault.Internal {
		err = fault.New(fault.DiskTrouble).Because(err)
	}
	w.do(func() {
		if err != nil {
			w.refuse(err)
			return
		}
		w.offer(p)
	})
}

// offer shows the trust card of p. If there is an account of that name, it fetches its profile first, to show what
// would change.
func (w *Window) offer(p profile.Profile) {
	agent := w.agent
	if agent == nil {
		return
	}
	if _, exists := w.snapshot.Account(p.ID); !exists {
		w.openTrust(p, nil)
		return
	}
	w.task(func(ctx context.Context) {
		old, err := agent.Profile(ctx, p.ID)
		w.do(func() {
			if err != nil {
				w.refuse(err)
				return
			}
			w.openTrust(p, &old)
		})
	})
}

// openTrust asks whether p is to be taken in; old is the profile of that name, if there is one.
func (w *Window) openTrust(p profile.Profile, old *profile.Profile) {
	openTrust(w.Frame, trust{profile: p, old: old, freeID: w.freeID, take: w.take})
}

func (w *Window) refuse(err error) { openRefusal(w.Frame, err) }

// take hands a profile to the agent and tells done. The window turns to its account when it comes.
func (w *Window) take(p profile.Profile, replace bool, done func(error)) {
	agent := w.agent
	data, err := p.Marshal()
	switch {
	case err != nil:
		done(err)
		return
	case agent == nil:
		done(fault.New(fault.NoAgent))
		return
	}
	w.task(func(ctx context.Context) {
		err := agent.Import(ctx, data, replace)
		w.do(func() {
			done(err)
			if err == nil {
				w.awaited = p.ID
				w.redraw()
			}
		})
	})
}
