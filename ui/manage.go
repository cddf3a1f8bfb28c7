package ui

import (
	"context"

	"keyfob/internal/account"
	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// openAdd leads a person to a new account: which template, what it does not know, and a secret where one is needed.
func (w *Window) openAdd() {
	if w.agent == nil {
		return
	}
	openTemplates(w.Frame, func(t profile.Template) {
		openForm(&w.base, t, addition{
			freeID: w.freeID, added: w.added, back: w.openAdd,
			save: func(p profile.Profile, done func(error)) { w.take(p, false, done) },
		})
	})
}

func (w *Window) added(p profile.Profile) {
	if p.Grant().NeedsSecret {
		w.askSecret(p.ID, p.Name())
	}
}

// enterSecret asks for an account's secret, for the first time or in place of the one there is.
func (w *Window) enterSecret(id string) { w.askSecret(id, w.nameOf(id)) }

func (w *Window) askSecret(id, name string) {
	openSecret(&w.base, id, name, func(said words.Line) {
		if w.Focused() == nil { // else it was asked for somewhere else on the page
			w.home.focusAccount(id)
		}
		w.answered(id, said, nil)
	})
}

// forgetSecret asks before a secret goes: nobody can read it back.
func (w *Window) forgetSecret(id string) {
	confirm(w.Frame, confirmation{
		title: words.T("ui.forget-secret.title"), text: words.T("ui.forget-secret.text", "account", w.nameOf(id)),
		yes: words.T("ui.forget-secret.yes"), no: words.T("ui.cancel"),
	}, func() {
		w.ask(id, view.ForgetSecret, func(ctx context.Context, r Agent) error { return r.ForgetSecret(ctx, id) })
	})
}

// copyCallbacks copies the addresses that must be registered at the provider.
func (w *Window) copyCallbacks(id string) {
	w.asking(id, view.CopyCallbacks)
	r := w.agent
	w.task(func(ctx context.Context) {
		p, err := r.Profile(ctx, id)
		w.do(func() {
			if err != nil {
				w.answered(id, words.Line{}, err)
				return
			}
			w.copyFor(id, words.T("ui.card.callbacks-copied"), callbacks(p))
		})
	})
}

// openDetails shows the technical side of an account.
func (w *Window) openDetails(id string) {
	if a, ok := w.snapshot.Account(id); ok {
		openFacts(&w.base, a.Name, view.Details(a, w.snapshot.Agent, w.local(id).Err, w.o.Now()))
	}
}

// openCause shows the technical side of an answer that belongs to no account.
func (w *Window) openCause(err error) {
	openFacts(&w.base, words.T("ui.card.details"),
		append(view.Causes(account.Account{}, err), view.About(w.snapshot.Agent)...))
}

// openAbout says which Keyfob this is.
func (w *Window) openAbout() { openFacts(&w.base, words.T("ui.about"), view.About(w.snapshot.Agent)) }

// openRemove asks before an account goes.
func (w *Window) openRemove(id string) {
	a, ok := w.snapshot.Account(id)
	if !ok {
		return
	}
	confirm(w.Frame, confirmation{
		title: words.T("ui.remove.title", "account", a.Name), text: whatGoes(a),
		yes: words.T("ui.remove.yes"), no: words.T("ui.cancel"),
	}, func() { w.remove(id, a.Name) })
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

func (w *Window) remove(id, name string) {
	r := w.agent
	if r == nil {
		return
	}
	w.home.tell(words.Line{}, nil)
	w.task(func(ctx context.Context) {
		report, err := r.Remove(ctx, id)
		w.do(func() { w.home.tell(view.Removed(name, report, err, w.o.Now()), problemOf(report, err)) })
	})
}
