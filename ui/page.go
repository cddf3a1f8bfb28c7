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
		w.controller.askSecret(p.ID, p.Name())
	}
}

// openCause shows the technical side of an answer that belongs to no account.
func (w *Window) openCause(err error) {
	openFacts(&w.base, words.T("ui.card.details"),
		append(view.Causes(account.Account{}, err), view.About(w.snapshot.Agent)...))
}

// openAbout says which Keyfob this is.
func (w *Window) openAbout() { openFacts(&w.base, words.T("ui.about"), view.About(w.snapshot.Agent)) }

// tryDemo starts the demo, whose account shows when it comes.
func (w *Window) tryDemo() {
	w.general(func(ctx context.Context, agent Agent) error { return agent.StartDemo(ctx) })
}

// useMemoryOnly and useKeychain are the two ways out of a keychain that cannot be used.
func (w *Window) useMemoryOnly() {
	w.general(func(ctx context.Context, agent Agent) error { return agent.UseMemoryOnly(ctx) })
}

func (w *Window) useKeychain() {
	w.general(func(ctx context.Context, agent Agent) error { return agent.RetryKeychain(ctx) })
}

// general sends an intent that is about no single account; its error is told above all cards.
func (w *Window) general(send func(context.Context, Agent) error) {
	agent := w.agent
	if agent == nil {
		return
	}
	w.home.tell(words.Line{}, nil)
	w.task(func(ctx context.Context) {
		if err := send(ctx, agent); err != nil && ctx.Err() == nil {
			w.do(func() { w.tellError(err) })
		}
	})
}

// tellError tells an error above all cards.
func (w *Window) tellError(err error) {
	w.home.tell(words.Line{Text: view.Sentence(err), Tone: words.Needed}, err)
}

func (w *Window) tell(said words.Line, err error) { w.home.tell(said, err) }

func (w *Window) focusAccount(id string) { w.home.focusAccount(id) }
