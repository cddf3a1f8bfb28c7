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
func (d *deeds) signIn(id string, do view.Intent) {
	d.asking(id, do)
	r := d.agent
	d.task(func(ctx context.Context) {
		err := r.SignIn(ctx, id, do == view.SignInAnother, func(a account.Attempt) error {
			d.browse(ctx, id, a)
			return nil // without a browser there is still the link
		})
		d.do(func() { d.answered(id, words.Line{}, err) })
	})
}

// browse opens the browser for an attempt. If it does not open, the card says so beside the link. It runs in a task.
func (d *deeds) browse(ctx context.Context, id string, a account.Attempt) {
	err := d.o.OpenBrowser(ctx, a.URL)
	if err != nil {
		d.o.Log.Warn("the browser did not open", "code", fault.CodeOf(err))
	}
	d.do(func() {
		l := d.local(id)
		l.Busy, l.Mute = view.Nothing, ""
		if err != nil {
			l.Mute = a.ID
		}
		d.redraw()
	})
}

// openAgain opens the link of the attempt that is under way once more.
func (d *deeds) openAgain(id string) {
	if a, ok := d.snapshot.Account(id); ok && a.Attempt != nil {
		attempt := *a.Attempt
		d.task(func(ctx context.Context) { d.browse(ctx, id, attempt) })
	}
}

func (d *deeds) copyLink(id string) {
	if a, ok := d.snapshot.Account(id); ok && a.Attempt != nil {
		d.copyFor(id, words.T("ui.card.link-copied"), a.Attempt.URL)
	}
}

// copyCallback copies the address that must be registered at the provider for the attempt to come back.
func (d *deeds) copyCallback(id string) {
	if a, ok := d.snapshot.Account(id); ok && a.Attempt != nil {
		d.copyFor(id, words.T("ui.wait.address-copied"), a.Attempt.RedirectURI)
	}
}

func (d *deeds) cancelSignIn(id string) {
	d.ask(id, view.CancelSignIn, func(ctx context.Context, r Agent) error { return r.Cancel(ctx, id) })
}

func (d *deeds) signOut(id string) {
	d.asking(id, view.SignOut)
	r := d.agent
	d.task(func(ctx context.Context) {
		report, err := r.SignOut(ctx, id)
		d.do(func() {
			d.local(id).Browser = err == nil && report.Deleted
			d.answered(id, view.SignedOut(report, d.o.Now()), problemOf(report, err))
		})
	})
}

// endInBrowser opens the page at which the browser's own session ends. The service may ask the person first, and does
// not tell us what they said. If the browser does not open, the link can be copied.
func (d *deeds) endInBrowser(id string) {
	d.asking(id, view.EndInBrowser)
	r := d.agent
	d.task(func(ctx context.Context) {
		page, err := r.BrowserLogout(ctx, id)
		if err == nil {
			err = d.o.OpenBrowser(ctx, page)
		}
		d.do(func() { d.endedInBrowser(id, page, err) })
	})
}

func (d *deeds) endedInBrowser(id, page string, err error) {
	l := d.local(id)
	said := words.Line{}
	switch {
	case err == nil:
		l.Browser = false
		said = words.Line{Text: words.T("ui.card.opened-in-browser"), Tone: words.Good}
	case fault.CodeOf(err) == fault.NoBrowserLogout:
		l.Browser = false
	default:
		l.Page = page
	}
	d.answered(id, said, err)
}

// problemOf is why a sign-out did not do all that it should.
func problemOf(r account.SignOutReport, err error) error {
	if err == nil && r.Problem != nil {
		return r.Problem
	}
	return err
}
