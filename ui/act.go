package ui

import (
	"context"
	"errors"
	"slices"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// fresh is how long a copied token should at least be good for.
const fresh = time.Minute

// act does what a person asked for on a card. While an account's last wish is not answered, only what belongs to a
// sign-in that waits can be asked for.
func (w *Window) act(id string, do view.Intent) {
	deed := w.deeds()[do]
	if w.agent == nil || deed == nil || w.local(id).Busy != view.Nothing && !ofAWait(do) {
		return
	}
	deed(id)
}

// ofAWait tells the intents that belong to a person who is in the browser.
func ofAWait(do view.Intent) bool {
	return slices.Contains([]view.Intent{view.CancelSignIn, view.OpenLink, view.CopyLink, view.CopyCallback}, do)
}

// deeds are what the window does for each intent.
func (w *Window) deeds() map[view.Intent]func(id string) {
	return map[view.Intent]func(id string){
		view.SignIn:        func(id string) { w.signIn(id, view.SignIn) },
		view.SignInAnother: func(id string) { w.signIn(id, view.SignInAnother) },
		view.OpenLink:      w.openAgain,
		view.CopyLink:      w.copyLink,
		view.CopyCallback:  w.copyCallback,
		view.CancelSignIn:  w.cancelSignIn,
		view.SignOut:       w.signOut,
		view.EndInBrowser:  w.endInBrowser,
		view.CopyPage:      func(id string) { w.copyFor(id, words.T("ui.card.link-copied"), w.local(id).Page) },
		view.TryAgain:      w.tryAgain,
		view.CopyToken:     w.copyToken,
		view.RetryKeychain: w.retryKeychain,
		view.CopyCallbacks: w.copyCallbacks,
		view.EnterSecret:   w.enterSecret,
		view.ForgetSecret:  w.forgetSecret,
		view.Gateway:       w.switchGateway,
		view.TryCall:       w.tryCall,
		view.AskFirst:      w.switchAskFirst,
		view.ShowPrograms:  w.showPrograms,
		view.ShowDetails:   w.openDetails,
		view.RemoveAccount: w.openRemove,
	}
}

// ask sends one intent about an account; its error is told on the account's card.
func (w *Window) ask(id string, do view.Intent, send func(context.Context, Agent) error) {
	w.asking(id, do)
	r := w.agent
	w.task(func(ctx context.Context) {
		err := send(ctx, r)
		w.do(func() { w.answered(id, words.Line{}, err) })
	})
}

// asking clears the last answer and holds the buttons until the next.
func (w *Window) asking(id string, do view.Intent) {
	l := w.local(id)
	l.Said.Text, l.Err, l.Copied, l.Busy = "", nil, false, do
	w.redraw()
}

// answered shows an answer on the card. What the person cancelled is no news to them.
func (w *Window) answered(id string, said words.Line, err error) {
	if _, ok := w.snapshot.Account(id); !ok {
		return
	}
	l := w.local(id)
	l.Busy = view.Nothing
	if !errors.Is(err, context.Canceled) && fault.CodeOf(err) != fault.SignInCancelled {
		l.Err = err
	}
	l.Said = said
	w.redraw()
}

// copyFor copies what is no secret, and says so on a card.
func (w *Window) copyFor(id, said, s string) {
	w.copyText(s)
	w.answered(id, words.Line{Text: said, Tone: words.Good}, nil)
}

// copySecretFor copies a token or a key, and has the card say so while it is there.
func (w *Window) copySecretFor(id string, s secret.Text) {
	w.copySecret(s, func() {
		if l := w.locals[id]; l != nil {
			l.Copied = false
			w.redraw()
		}
	})
	w.local(id).Copied = true
}

// nameOf is what an account is called.
func (w *Window) nameOf(id string) string {
	a, _ := w.snapshot.Account(id)
	return a.Name
}

// tryDemo starts the demo, whose account shows when it comes.
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
			w.do(func() { w.tellError(err) })
		}
	})
}

// tellError tells an error above all cards.
func (w *Window) tellError(err error) {
	w.home.tell(words.Line{Text: view.Sentence(err), Tone: words.Needed}, err)
}
