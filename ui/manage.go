package ui

import (
	"context"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// enterSecret asks for an account's secret, for the first time or in place of the one there is.
func (d *deeds) enterSecret(id string) { d.askSecret(id, d.nameOf(id)) }

func (d *deeds) askSecret(id, name string) {
	openSecret(d.base, id, name, func(said words.Line) {
		if d.Focused() == nil { // else it was asked for somewhere else on the page
			d.focus(id)
		}
		d.answered(id, said, nil)
	})
}

// forgetSecret asks before a secret goes: nobody can read it back.
func (d *deeds) forgetSecret(id string) {
	confirm(d.Frame, confirmation{
		title: words.T("ui.forget-secret.title"), text: words.T("ui.forget-secret.text", "account", d.nameOf(id)),
		yes: words.T("ui.forget-secret.yes"), no: words.T("ui.cancel"),
	}, func() {
		d.ask(id, view.ForgetSecret, func(ctx context.Context, r Agent) error { return r.ForgetSecret(ctx, id) })
	})
}

// copyCallbacks copies the addresses that must be registered at the provider.
func (d *deeds) copyCallbacks(id string) {
	d.asking(id, view.CopyCallbacks)
	r := d.agent
	d.task(func(ctx context.Context) {
		p, err := r.Profile(ctx, id)
		d.do(func() {
			if err != nil {
				d.answered(id, words.Line{}, err)
				return
			}
			d.copyFor(id, words.T("ui.card.callbacks-copied"), callbacks(p))
		})
	})
}

// openDetails shows the technical side of an account.
func (d *deeds) openDetails(id string) {
	if a, ok := d.snapshot.Account(id); ok {
		openFacts(d.base, a.Name, view.Details(a, d.snapshot.Agent, d.local(id).Err, d.o.Now()))
	}
}

// openRemove asks before an account goes.
func (d *deeds) openRemove(id string) {
	a, ok := d.snapshot.Account(id)
	if !ok {
		return
	}
	confirm(d.Frame, confirmation{
		title: words.T("ui.remove.title", "account", a.Name), text: whatGoes(a),
		yes: words.T("ui.remove.yes"), no: words.T("ui.cancel"),
	}, func() { d.remove(id, a.Name) })
}

// whatGoes says what goes with an account.
func whatGoes(a account.Account) string {
	switch {
	case a.Can(account.ActSetSecret):
		return words.T("ui.remove.with-secret")
	case a.Can(account.ActSignOut):
		return words.T("ui.remove.signs-out")
	}
	return words.T("ui.remove.text")
}

func (d *deeds) remove(id, name string) {
	r := d.agent
	if r == nil {
		return
	}
	d.tell(words.Line{}, nil)
	d.task(func(ctx context.Context) {
		report, err := r.Remove(ctx, id)
		d.do(func() { d.tell(view.Removed(name, report, err, d.o.Now()), problemOf(report, err)) })
	})
}
