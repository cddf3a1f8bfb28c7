package ui

import (
	"context"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// enterSecret asks for an account's secret, for the first time or in place of the one there is.
func (c *controller) enterSecret(id string) { c.askSecret(id, c.nameOf(id)) }

func (c *controller) askSecret(id, name string) {
	openSecret(c.base, id, name, func(said words.Line) {
		if c.Focused() == nil { // else it was asked for somewhere else on the page
			c.focus(id)
		}
		c.answered(id, said, nil)
	})
}

// forgetSecret asks before a secret goes: nobody can read it back.
func (c *controller) forgetSecret(id string) {
	confirm(c.Frame, confirmation{
		title: words.T("ui.forget-secret.title"), text: words.T("ui.forget-secret.text", "account", c.nameOf(id)),
		yes: words.T("ui.forget-secret.yes"), no: words.T("ui.cancel"),
	}, func() {
		c.ask(id, view.ForgetSecret, func(ctx context.Context, agent Agent) error { return agent.ForgetSecret(ctx, id) })
	})
}

// copyCallbacks copies the addresses that must be registered at the provider.
func (c *controller) copyCallbacks(id string) {
	c.asking(id, view.CopyCallbacks)
	agent := c.agent
	c.task(func(ctx context.Context) {
		p, err := agent.Profile(ctx, id)
		c.do(func() {
			if err != nil {
				c.answered(id, words.Line{}, err)
				return
			}
			c.copyFor(id, words.T("ui.card.callbacks-copied"), callbacks(p))
		})
	})
}

// openDetails shows the technical side of an account.
func (c *controller) openDetails(id string) {
	if a, ok := c.snapshot.Account(id); ok {
		openFacts(c.base, a.Name, view.Details(a, c.snapshot.Agent, c.local(id).Err, c.o.Now()))
	}
}

// openRemove asks before an account goes.
func (c *controller) openRemove(id string) {
	a, ok := c.snapshot.Account(id)
	if !ok {
		return
	}
	confirm(c.Frame, confirmation{
		title: words.T("ui.remove.title", "account", a.Name), text: whatGoes(a),
		yes: words.T("ui.remove.yes"), no: words.T("ui.cancel"),
	}, func() { c.remove(id, a.Name) })
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

func (c *controller) remove(id, name string) {
	agent := c.agent
	if agent == nil {
		return
	}
	c.tell(words.Line{}, nil)
	c.task(func(ctx context.Context) {
		report, err := agent.Remove(ctx, id)
		c.do(func() { c.tell(view.Removed(name, report, err, c.o.Now()), problemOf(report, err)) })
	})
}
