package ui

import (
	"context"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// signIn starts an attempt and opens the browser on it. The attempt belongs to the agent: it goes on when this
// window is closed.
func (c *controller) signIn(id string, do view.Intent) {
	c.asking(id, do)
	agent := c.agent
	c.task(func(ctx context.Context) {
		err := agent.SignIn(ctx, id, do == view.SignInAnother, func(a account.Attempt) error {
			c.browse(ctx, id, a)
			return nil // without a browser there is still the link
		})
		c.do(func() { c.answered(id, words.Line{}, err) })
	})
}

// browse opens the browser for an attempt. If it does not open, the card says so beside the link. It runs in a task.
func (c *controller) browse(ctx context.Context, id string, a account.Attempt) {
	err := c.o.OpenBrowser(ctx, a.URL)
	if err != nil {
		c.o.Log.Warn("the browser did not open", "code", fault.CodeOf(err))
	}
	c.do(func() {
		l := c.local(id)
		l.Busy, l.Unopened = view.Nothing, ""
		if err != nil {
			l.Unopened = a.ID
		}
		c.redraw()
	})
}

// openAgain opens the link of the attempt that is under way once more.
func (c *controller) openAgain(id string) {
	if a, ok := c.snapshot.Account(id); ok && a.Attempt != nil {
		attempt := *a.Attempt
		c.task(func(ctx context.Context) { c.browse(ctx, id, attempt) })
	}
}

func (c *controller) copyLink(id string) {
	if a, ok := c.snapshot.Account(id); ok && a.Attempt != nil {
		c.copyFor(id, words.T("ui.card.link-copied"), a.Attempt.URL)
	}
}

// copyCallback copies the address that must be registered at the provider for the attempt to come back.
func (c *controller) copyCallback(id string) {
	if a, ok := c.snapshot.Account(id); ok && a.Attempt != nil {
		c.copyFor(id, words.T("ui.wait.address-copied"), a.Attempt.RedirectURI)
	}
}

func (c *controller) cancelSignIn(id string) {
	c.ask(id, view.CancelSignIn, func(ctx context.Context, agent Agent) error { return agent.Cancel(ctx, id) })
}

func (c *controller) signOut(id string) {
	c.asking(id, view.SignOut)
	agent := c.agent
	c.task(func(ctx context.Context) {
		report, err := agent.SignOut(ctx, id)
		c.do(func() {
			c.local(id).SignedOutHere = err == nil && report.Deleted
			c.answered(id, view.SignedOut(report, c.o.Now()), problemOf(report, err))
		})
	})
}

// endInBrowser opens the page at which the browser's own session ends. The service may ask the person first, and does
// not tell us what they said. If the browser does not open, the link can be copied.
func (c *controller) endInBrowser(id string) {
	c.asking(id, view.EndInBrowser)
	agent := c.agent
	c.task(func(ctx context.Context) {
		page, err := agent.BrowserLogout(ctx, id)
		if err == nil {
			err = c.o.OpenBrowser(ctx, page)
		}
		c.do(func() { c.endedInBrowser(id, page, err) })
	})
}

func (c *controller) endedInBrowser(id, page string, err error) {
	l := c.local(id)
	said := words.Line{}
	switch {
	case err == nil:
		l.SignedOutHere = false
		said = words.Line{Text: words.T("ui.card.opened-in-browser"), Tone: words.Good}
	case fault.CodeOf(err) == fault.NoBrowserLogout:
		l.SignedOutHere = false
	default:
		l.LogoutPage = page
	}
	c.answered(id, said, err)
}

// problemOf is why a sign-out did not do all that it should.
func problemOf(r account.SignOutReport, err error) error {
	if err == nil && r.Problem != nil {
		return r.Problem
	}
	return err
}
