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
func (w *Window) signIn(id string, do view.Intent) {
	w.asking(id, do)
	r := w.agent
	w.task(func(ctx context.Context) {
		err := r.SignIn(ctx, id, do == view.SignInAnother, func(a account.Attempt) error {
			w.browse(ctx, id, a)
			return nil // without a browser there is still the link
		})
		w.do(func() { w.answered(id, words.Line{}, err) })
	})
}

// browse opens the browser for an attempt. If it does not open, the card says so beside the link. It runs in a task.
func (w *Window) browse(ctx context.Context, id string, a account.Attempt) {
	err := w.o.OpenBrowser(ctx, a.URL)
	if err != nil {
		w.o.Log.Warn("the browser did not open", "code", fault.CodeOf(err))
	}
	w.do(func() {
		l := w.local(id)
		l.Busy, l.Mute = view.Nothing, ""
		if err != nil {
			l.Mute = a.ID
		}
		w.redraw()
	})
}

// openAgain opens the link of the attempt that is under way once more.
func (w *Window) openAgain(id string) {
	if a, ok := w.snapshot.Account(id); ok && a.Attempt != nil {
		attempt := *a.Attempt
		w.task(func(ctx context.Context) { w.browse(ctx, id, attempt) })
	}
}

func (w *Window) copyLink(id string) {
	if a, ok := w.snapshot.Account(id); ok && a.Attempt != nil {
		w.copyFor(id, words.T("ui.card.link-copied"), a.Attempt.URL)
	}
}

// copyCallback copies the address that must be registered at the provider for the attempt to come back.
func (w *Window) copyCallback(id string) {
	if a, ok := w.snapshot.Account(id); ok && a.Attempt != nil {
		w.copyFor(id, words.T("ui.wait.address-copied"), a.Attempt.RedirectURI)
	}
}

func (w *Window) cancelSignIn(id string) {
	w.ask(id, view.CancelSignIn, func(ctx context.Context, r Agent) error { return r.Cancel(ctx, id) })
}

func (w *Window) signOut(id string) {
	w.asking(id, view.SignOut)
	r := w.agent
	w.task(func(ctx context.Context) {
		report, err := r.SignOut(ctx, id)
		w.do(func() {
			w.local(id).Browser = err == nil && report.Deleted
			w.answered(id, view.SignedOut(report, w.o.Now()), problemOf(report, err))
		})
	})
}

// endInBrowser opens the page at which the browser's own session ends. The service may ask the person first, and does
// not tell us what they said. If the browser does not open, the link can be copied.
func (w *Window) endInBrowser(id string) {
	w.asking(id, view.EndInBrowser)
	r := w.agent
	w.task(func(ctx context.Context) {
		page, err := r.BrowserLogout(ctx, id)
		if err == nil {
			err = w.o.OpenBrowser(ctx, page)
		}
		w.do(func() { w.endedInBrowser(id, page, err) })
	})
}

func (w *Window) endedInBrowser(id, page string, err error) {
	l := w.local(id)
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
	w.answered(id, said, err)
}

// problemOf is why a sign-out did not do all that it should.
func problemOf(r account.SignOutReport, err error) error {
	if err == nil && r.Problem != nil {
		return r.Problem
	}
	return err
}
