package ui

import (
	"context"
	"slices"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// switchAskFirst switches on at once whether a person is asked, and off once they have said that they mean it.
func (w *Window) switchAskFirst(id string) {
	a, _ := w.snapshot.Account(id)
	if !a.AskFirst {
		w.setAskFirst(id, true)
		return
	}
	confirm(w.Frame, confirmation{
		title: words.T("ui.stop-asking.title"), text: words.T("ui.stop-asking.text", "account", a.Name, "as", words.ActsAs(a)),
		yes: words.T("ui.stop-asking.yes"), no: words.T("ui.stop-asking.no"),
	}, func() { w.setAskFirst(id, false) })
}

func (w *Window) setAskFirst(id string, on bool) {
	w.ask(id, view.AskFirst, func(ctx context.Context, r Agent) error {
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
	w.asking(id, view.ShowPrograms)
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
				forget := func(path string, done func(error)) { w.forgetProgram(id, path, done) }
				openPrograms(w.Frame, programs{w.nameOf(id), policy, handed, forget}, w.o.Now())
			}
		})
	})
}

// forgetProgram has a program be asked about again, and tells done.
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
