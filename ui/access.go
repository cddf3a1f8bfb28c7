package ui

import (
	"context"
	"slices"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// switchAskFirst switches on at once whether a person is asked, and off once they have said that they mean it.
func (d *deeds) switchAskFirst(id string) {
	a, _ := d.snapshot.Account(id)
	if !a.AskFirst {
		d.setAskFirst(id, true)
		return
	}
	confirm(d.Frame, confirmation{
		title: words.T("ui.stop-asking.title"), text: words.T("ui.stop-asking.text", "account", a.Name, "as", words.ActsAs(a)),
		yes: words.T("ui.stop-asking.yes"), no: words.T("ui.stop-asking.no"),
	}, func() { d.setAskFirst(id, false) })
}

func (d *deeds) setAskFirst(id string, on bool) {
	d.ask(id, view.AskFirst, func(ctx context.Context, r Agent) error {
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
func (d *deeds) showPrograms(id string) {
	d.asking(id, view.ShowPrograms)
	r := d.agent
	d.task(func(ctx context.Context) {
		policy, err := r.Policy(ctx, id)
		var handed []account.HandOut
		if err == nil {
			handed, err = r.Log(ctx, id)
		}
		d.do(func() {
			d.answered(id, words.Line{}, err)
			if err == nil {
				forget := func(path string, done func(error)) { d.forgetProgram(id, path, done) }
				openPrograms(d.Frame, programs{d.nameOf(id), policy, handed, forget}, d.o.Now())
			}
		})
	})
}

// forgetProgram has a program be asked about again, and tells done.
func (d *deeds) forgetProgram(id, path string, done func(error)) {
	r := d.agent
	if r == nil {
		return
	}
	d.task(func(ctx context.Context) {
		err := changePolicy(ctx, r, id, func(p *account.Policy) {
			p.Always = slices.DeleteFunc(p.Always, func(s string) bool { return s == path })
		})
		d.do(func() { done(err) })
	})
}
