package ui

import (
	"cmp"
	"context"
	"errors"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// fresh is how long a copied token should at least be good for.
const fresh = time.Minute

// act does what a person asked for on a card.
func (w *Window) act(id string, do intent) {
	if w.agent == nil || w.local(id).busy != nothing && do != cancelSignIn {
		return
	}
	switch do {
	case signIn, signInAnother:
		w.signIn(id, do)
	case cancelSignIn:
		w.ask(id, do, func(ctx context.Context, r Agent) error { return r.Cancel(ctx, id) })
	case signOut:
		w.signOut(id)
	case endInBrowser:
		w.endInBrowser(id)
	case copyPage:
		w.copyFor(id, "Link copied", w.local(id).page)
	case tryAgain:
		w.tryAgain(id)
	case copyToken:
		w.copyToken(id)
	case retryKeychain:
		w.ask(id, do, func(ctx context.Context, r Agent) error { return r.RetryKeychain(ctx) })
	case copyCallbacks:
		w.copyCallbacks(id)
	case enterSecret:
		w.openSecret(id, nameOf(w.snapshot, id))
	case forgetSecret:
		w.forgetSecret(id)
	case gateway:
		w.switchGateway(id)
	case tryCall:
		w.tryCall(id)
	case askFirst:
		w.switchAskFirst(id)
	case showPrograms:
		w.showPrograms(id)
	case showDetails:
		w.openDetails(id)
	case removeAccount:
		w.openRemove(id)
	}
}

// ask sends one intent about an account; its error is told on the account's card.
func (w *Window) ask(id string, do intent, send func(context.Context, Agent) error) {
	w.asking(id, do)
	r := w.agent
	w.task(func(ctx context.Context) {
		err := send(ctx, r)
		w.do(func() { w.answered(id, words.Line{}, err) })
	})
}

// asking clears the last answer and holds the buttons until the next.
func (w *Window) asking(id string, do intent) {
	l := w.local(id)
	l.said, l.err, l.copied, l.busy = "", nil, false, do
	w.redraw()
}

// answered shows an answer on the card. What the person cancelled is no news to them.
func (w *Window) answered(id string, said words.Line, err error) {
	if _, ok := w.snapshot.Account(id); !ok {
		return
	}
	l := w.local(id)
	l.busy = nothing
	if !errors.Is(err, context.Canceled) && fault.CodeOf(err) != fault.SignInCancelled {
		l.err = err
	}
	l.said, l.tone = said.Text, said.Tone
	w.redraw()
}

// signIn starts an attempt and opens the browser on it. The attempt belongs to the agent: it goes on when this
// window is closed.
func (w *Window) signIn(id string, do intent) {
	w.asking(id, do)
	r := w.agent
	w.task(func(ctx context.Context) {
		err := r.SignIn(ctx, id, do == signInAnother, func(a account.Attempt) error {
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
		l.busy, l.mute = nothing, ""
		if err != nil {
			l.mute = a.ID
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

func (w *Window) signOut(id string) {
	w.asking(id, signOut)
	r := w.agent
	w.task(func(ctx context.Context) {
		report, err := r.SignOut(ctx, id)
		w.do(func() {
			w.local(id).browser = err == nil && report.Deleted
			w.answered(id, signedOutNote(report, w.o.Now()), cmp.Or(err, problemOf(report)))
		})
	})
}

// endInBrowser opens the page at which the browser's own session ends. The service may ask the person first, and does
// not tell us what they said. If the browser does not open, the link can be copied.
func (w *Window) endInBrowser(id string) {
	w.asking(id, endInBrowser)
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
		l.browser = false
		said = words.Line{Text: "Opened in your browser, where you may be asked to confirm", Tone: words.Good}
	case fault.CodeOf(err) == fault.NoBrowserLogout:
		l.browser = false
	default:
		l.page = page
	}
	w.answered(id, said, err)
}

// tryAgain has the provider asked now, as a tool's need would have it. It says so where nothing came of it: the state
// alone would look as if nobody had tried.
func (w *Window) tryAgain(id string) {
	w.asking(id, tryAgain)
	r := w.agent
	w.task(func(ctx context.Context) {
		_, err := r.Token(ctx, id, fresh)
		w.do(func() {
			said := words.Line{}
			if a, _ := w.snapshot.Account(id); err != nil && string(fault.CodeOf(err)) == words.Status(a).Code {
				said, err = words.Line{Text: "Tried a moment ago, and nothing has changed", Tone: words.Quiet}, nil
			}
			w.answered(id, said, err)
		})
	})
}

func (w *Window) copyToken(id string) {
	w.asking(id, copyToken)
	r := w.agent
	w.task(func(ctx context.Context) {
		access, err := r.Token(ctx, id, fresh)
		w.do(func() {
			if err == nil {
				w.copySecret(id, access.Token)
			}
			w.answered(id, words.Line{}, err)
		})
	})
}

// copyCallbacks copies the addresses that must be registered at the provider.
func (w *Window) copyCallbacks(id string) {
	w.asking(id, copyCallbacks)
	r := w.agent
	w.task(func(ctx context.Context) {
		p, err := r.Profile(ctx, id)
		w.do(func() {
			if err != nil {
				w.answered(id, words.Line{}, err)
				return
			}
			w.copyFor(id, "Callback address copied", callbacks(p))
		})
	})
}

// copyFor copies what is no secret, and says so on a card.
func (w *Window) copyFor(id, said, s string) {
	w.copyText(s)
	w.answered(id, words.Line{Text: said, Tone: words.Good}, nil)
}

// tryDemo starts the demo and shows its account when it comes.
func (w *Window) tryDemo() {
	w.general(func(ctx context.Context, r Agent) error { return r.StartDemo(ctx) })
}

// useMemoryOnly and useKeychain are the two ways out of a keychain that cannot be used.
func (w *Window) useMemoryOnly() {
	w.general(func(ctx context.Context, r Agent) error { return r.UseMemoryOnly(ctx) })
}

func (w *Window) useKeychain() {
	w.general(func(ctx context.Context, r Agent) error { return r.RetryKeychain(ctx) })
}

// general sends an intent that is about no single account; its error is told above all cards.
func (w *Window) general(send func(context.Context, Agent) error) {
	r := w.agent
	if r == nil {
		return
	}
	w.home.tell(words.Line{}, nil)
	w.task(func(ctx context.Context) {
		if err := send(ctx, r); err != nil && ctx.Err() == nil {
			w.do(func() { w.home.tell(words.Line{Text: sentence(err), Tone: words.Needed}, err) })
		}
	})
}
