package ui

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// ledgerLines is how many hand-outs the window shows: the latest, as people look for those.
const ledgerLines = 50

// switchAskFirst switches on at once whether a person is asked, and off once they have said that they mean it.
func (w *Window) switchAskFirst(id string) {
	a, _ := w.snapshot.Account(id)
	if !a.AskFirst {
		w.setAskFirst(id, true)
		return
	}
	body := newText("Every program that you run, and every program that those run, gets a token for " + a.Name +
		" when it asks, and can use the service " + asWhom(a) + ". Keyfob still writes down which ones did.")
	var s *sheet
	keep := w.newButton(plain, "Keep asking", func() { s.close() })
	s = w.openSheet("Stop asking?", body, keep, w.newButton(primary, "Stop asking", func() {
		s.close()
		w.setAskFirst(id, false)
	}), keep)
}

func (w *Window) setAskFirst(id string, on bool) {
	w.ask(id, askFirst, func(ctx context.Context, r Agent) error {
		return changePolicy(ctx, r, id, func(p *account.Policy) { p.AskFirst = on })
	})
}

// changePolicy changes one thing in who may have tokens, and leaves the rest as it is.
func changePolicy(ctx context.Context, r Agent, id string, change func(*account.Policy)) error {
	p, err := r.Policy(ctx, id)
	if err != nil {
		return err
	}
	change(&p)
	return r.SetPolicy(ctx, id, p)
}

// showPrograms shows which programs had tokens of an account, and which are let in without asking.
func (w *Window) showPrograms(id string) {
	w.asking(id, showPrograms)
	r := w.agent
	w.task(func(ctx context.Context) {
		policy, err := r.Policy(ctx, id)
		var handed []account.HandOut
		if err == nil {
			handed, err = r.Log(ctx, id)
		}
		w.do(func() {
			w.answered(id, words.Line{}, err)
			if err == nil {
				w.openPrograms(id, policy, handed)
			}
		})
	})
}

func (w *Window) openPrograms(id string, policy account.Policy, handed []account.HandOut) {
	a, _ := w.snapshot.Account(id)
	body := newColumn(3*grid, newText(whoIsAsked(policy), muted))
	var s *sheet
	if len(policy.Always) > 0 {
		body.Add(w.newAllowed(id, policy.Always, func() {
			s.Refresh()
			if w.topSheet() == s {
				w.win.Canvas().Focus(s.enter) // the button that was pressed may have gone
			}
		}))
	}
	body.Add(ledgerOf(handed, w.o.Now()))
	s = w.openSheet("Programs that use "+a.Name, body, nil, w.newButton(primary, "Close", func() { s.close() }))
}

func whoIsAsked(p account.Policy) string {
	if p.AskFirst {
		return "Keyfob asks you before a program gets a token."
	}
	return "Every program that you run gets a token when it asks."
}

// newAllowed lists the programs that are not asked about, each with a way to take that back.
func (w *Window) newAllowed(id string, paths []string, changed func()) fyne.CanvasObject {
	trouble := newRemark()
	list := newColumn(grid, newText("Always allowed", strong), trouble)
	for _, path := range paths {
		line := container.New(row{gap: grid, grow: 0}, newText(path, anywhere))
		forget := w.newButton(plain, "Forget", nil)
		forget.name = "Forget " + path
		forget.pressed = func() {
			w.forgetProgram(id, path, func(err error) {
				trouble.set(words.Needed, sentence(err))
				if err == nil {
					list.Remove(line)
					show(list, len(list.Objects) > 2)
				}
				changed()
			})
		}
		line.Add(forget)
		list.Add(line)
	}
	return list
}

func (w *Window) forgetProgram(id, path string, done func(error)) {
	r := w.agent
	if r == nil {
		return
	}
	w.task(func(ctx context.Context) {
		err := changePolicy(ctx, r, id, func(p *account.Policy) {
			p.Always = slices.DeleteFunc(p.Always, func(s string) bool { return s == path })
		})
		w.do(func() { done(err) })
	})
}

// ledgerOf lists who asked and what they got, the latest first.
func ledgerOf(handed []account.HandOut, now time.Time) fyne.CanvasObject {
	if len(handed) == 0 {
		return newText("No program has asked for a token yet.")
	}
	list := newColumn(1.5*grid, newText("Asked for tokens", strong))
	for _, h := range handed[:min(len(handed), ledgerLines)] {
		line := newColumn(0,
			container.New(row{gap: grid, grow: 0},
				newText(words.Program(h.Program), oneLine), newText(words.Until(h.Last, now), muted, whole)),
			newText(words.HandOut(h, now), muted))
		if h.Program.Path != "" {
			line.Add(newText(h.Program.Path, muted, small, anywhere))
		}
		list.Add(line)
	}
	return list
}
