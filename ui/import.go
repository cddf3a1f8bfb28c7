package ui

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
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
	d.SetTitleText("Open profile file")
	d.SetView(dialog.ListView)
	d.SetLocation(downloads())
	d.Show()
	d.Resize(fyne.NewSize(100*grid, 75*grid).Min(w.win.Canvas().Size()))
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
	if w.agent == nil || len(w.sheets) > 0 || len(files) != 1 {
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

// refuse says why a file cannot be used.
func (w *Window) refuse(err error) {
	m := words.Of(err)
	body := newColumn(2*grid, newText(m.What), newText(m.Next, muted))
	var s *sheet
	s = w.openSheet("This file cannot be used", body, nil, w.newButton(primary, "Close", func() { s.close() }))
}

// offer shows the trust card of p. If there is an account of that name, it fetches its profile first, to show what
// would change.
func (w *Window) offer(p profile.Profile) {
	r := w.agent
	if r == nil {
		return
	}
	if _, exists := w.snapshot.Account(p.ID); !exists {
		w.openTrust(p, nil)
		return
	}
	w.task(func(ctx context.Context) {
		old, err := r.Profile(ctx, p.ID)
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
	facts := newColumn(1.5 * grid)
	for _, f := range p.TrustCard() {
		facts.Add(fact(f.Label, f.Value))
	}
	note := newText("Whoever wrote this file decides where you sign in and where your tokens may be sent. "+
		"Add it only if you trust them.", muted)
	body := newColumn(2*grid, facts, note)
	trouble := newRemark()
	var s *sheet
	take := func(p profile.Profile, replace bool) func() {
		return func() { w.take(s, p, replace, trouble) }
	}
	cancel := w.newButton(plain, "Cancel", func() { s.close() })
	if old == nil {
		body.Add(trouble)
		s = w.openSheet("Add "+p.Name()+"?", body, nil, w.newButton(primary, "Add account", take(p, false)), cancel)
		return
	}
	body.Objects = append([]fyne.CanvasObject{w.changesBox(profile.Diff(*old, p))}, append(body.Objects, trouble)...)
	another := p
	another.ID = w.freeID(p.ID)
	s = w.openSheet("Replace "+old.Name()+"?", body, cancel, w.newButton(primary, "Replace", take(p, true)),
		w.newButton(plain, "Keep both", take(another, false)), cancel)
}

// changesBox says what a file would change in an account that is there.
func (w *Window) changesBox(changes []fault.Finding) fyne.CanvasObject {
	if len(changes) == 0 {
		return newText("You have this account already. The file changes nothing in where you sign in or where tokens go.")
	}
	what := newRemark()
	what.set(words.Attend, "You have this account already, and this file changes where you sign in or where tokens go. "+
		"Accept it only if you know why. You will have to sign in again.")
	list := newColumn(grid / 2)
	for _, change := range changes {
		list.Add(newText(strings.Replace(words.Finding(change), " → ", "\nbecomes ", 1)))
	}
	return container.NewStack(newSurface(theme.ColorNameBackground, theme.ColorNameWarning), padded(1.5*grid, 1.5*grid,
		newColumn(grid, what, indented(list))))
}

// fact is a value with its name above it.
func fact(label, value string) fyne.CanvasObject {
	return newColumn(0, newText(label, muted, small), newText(value))
}

// take imports a profile, and closes its trust card when that is done.
func (w *Window) take(s *sheet, p profile.Profile, replace bool, trouble *remark) {
	data, err := p.Marshal()
	if err != nil {
		trouble.set(words.Needed, sentence(err))
		return
	}
	w.importProfile(p.ID, data, replace, func(err error) {
		if err != nil {
			trouble.set(words.Needed, sentence(err))
			s.Refresh()
			return
		}
		s.close()
	})
}

// importProfile hands a profile to the agent and tells done. The window turns to its account when it comes.
func (w *Window) importProfile(id string, data []byte, replace bool, done func(error)) {
	r := w.agent
	if r == nil {
		done(fault.New(fault.NoAgent))
		return
	}
	w.task(func(ctx context.Context) {
		err := r.Import(ctx, data, replace)
		w.do(func() {
			done(err)
			if err == nil {
				w.awaited = id
				w.redraw()
			}
		})
	})
}
