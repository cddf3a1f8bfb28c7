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

// deeds is what a person can have done with one account. Its answers show on the account's card.
type deeds struct {
	*base
	redraw func()
	tell   func(said words.Line, err error) // above all cards
	focus  func(id string)                  // leads the keyboard to an account's card
}

// act does what a person asked for on a card. While an account's last wish is not answered, only what belongs to a
// sign-in that waits can be asked for.
func (d *deeds) act(id string, do view.Intent) {
	deed := d.all()[do]
	if d.agent == nil || deed == nil || d.local(id).Busy != view.Nothing && !ofAWait(do) {
		return
	}
	deed(id)
}

// ofAWait tells the intents that belong to a person who is in the browser.
func ofAWait(do view.Intent) bool {
	return slices.Contains([]view.Intent{view.CancelSignIn, view.OpenLink, view.CopyLink, view.CopyCallback}, do)
}

// all are the deeds by their intents.
func (d *deeds) all() map[view.Intent]func(id string) {
	return map[view.Intent]func(id string){
		view.SignIn:        func(id string) { d.signIn(id, view.SignIn) },
		view.SignInAnother: func(id string) { d.signIn(id, view.SignInAnother) },
		view.OpenLink:      d.openAgain,
		view.CopyLink:      d.copyLink,
		view.CopyCallback:  d.copyCallback,
		view.CancelSignIn:  d.cancelSignIn,
		view.SignOut:       d.signOut,
		view.EndInBrowser:  d.endInBrowser,
		view.CopyPage:      func(id string) { d.copyFor(id, words.T("ui.card.link-copied"), d.local(id).Page) },
		view.TryAgain:      d.tryAgain,
		view.CopyToken:     d.copyToken,
		view.RetryKeychain: d.retryKeychain,
		view.CopyCallbacks: d.copyCallbacks,
		view.EnterSecret:   d.enterSecret,
		view.ForgetSecret:  d.forgetSecret,
		view.Gateway:       d.switchGateway,
		view.TryCall:       d.tryCall,
		view.AskFirst:      d.switchAskFirst,
		view.ShowPrograms:  d.showPrograms,
		view.ShowDetails:   d.openDetails,
		view.RemoveAccount: d.openRemove,
	}
}

// ask sends one intent about an account; its error is told on the account's card.
func (d *deeds) ask(id string, do view.Intent, send func(context.Context, Agent) error) {
	d.asking(id, do)
	r := d.agent
	d.task(func(ctx context.Context) {
		err := send(ctx, r)
		d.do(func() { d.answered(id, words.Line{}, err) })
	})
}

// asking clears the last answer and holds the buttons until the next.
func (d *deeds) asking(id string, do view.Intent) {
	l := d.local(id)
	l.Said.Text, l.Err, l.Copied, l.Busy = "", nil, false, do
	d.redraw()
}

// answered shows an answer on the card. What the person cancelled is no news to them.
func (d *deeds) answered(id string, said words.Line, err error) {
	if _, ok := d.snapshot.Account(id); !ok {
		return
	}
	l := d.local(id)
	l.Busy = view.Nothing
	if !errors.Is(err, context.Canceled) && fault.CodeOf(err) != fault.SignInCancelled {
		l.Err = err
	}
	l.Said = said
	d.redraw()
}

// copyFor copies what is no secret, and says so on a card.
func (d *deeds) copyFor(id, said, s string) {
	d.copyText(s)
	d.answered(id, words.Line{Text: said, Tone: words.Good}, nil)
}

// copySecretFor copies a token or a key, and has the card say so while it is there.
func (d *deeds) copySecretFor(id string, s secret.Text) {
	d.copySecret(s, func() {
		if l := d.locals[id]; l != nil {
			l.Copied = false
			d.redraw()
		}
	})
	d.local(id).Copied = true
}
