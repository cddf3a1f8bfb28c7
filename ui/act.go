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

// controller does what a person asks for about one account. Its answers show on the account's card.
type controller struct {
	*base
	redraw func()
	tell   func(said words.Line, err error) // above all cards
	focus  func(id string)                  // leads the keyboard to an account's card
}

// act does what a person asked for on a card. While the account's last intent is not answered, only what belongs to a
// sign-in that waits can be asked for.
func (c *controller) act(id string, do view.Intent) {
	action := c.intents()[do]
	if c.agent == nil || action == nil || c.local(id).Busy != view.Nothing && !ofAWait(do) {
		return
	}
	action(id)
}

// ofAWait tells the intents that belong to a person who is in the browser.
func ofAWait(do view.Intent) bool {
	return slices.Contains([]view.Intent{view.CancelSignIn, view.OpenLink, view.CopyLink, view.CopyCallback}, do)
}

// intents are what is done for each of them.
func (c *controller) intents() map[view.Intent]func(id string) {
	return map[view.Intent]func(id string){
		view.SignIn:        func(id string) { c.signIn(id, view.SignIn) },
		view.SignInAnother: func(id string) { c.signIn(id, view.SignInAnother) },
		view.OpenLink:      c.openAgain,
		view.CopyLink:      c.copyLink,
		view.CopyCallback:  c.copyCallback,
		view.CancelSignIn:  c.cancelSignIn,
		view.SignOut:       c.signOut,
		view.EndInBrowser:  c.endInBrowser,
		view.CopyPage:      func(id string) { c.copyFor(id, words.T("ui.card.link-copied"), c.local(id).LogoutPage) },
		view.TryAgain:      c.tryAgain,
		view.CopyToken:     c.copyToken,
		view.RetryKeychain: c.retryKeychain,
		view.CopyCallbacks: c.copyCallbacks,
		view.EnterSecret:   c.enterSecret,
		view.ForgetSecret:  c.forgetSecret,
		view.Gateway:       c.switchGateway,
		view.TryCall:       c.tryCall,
		view.AskFirst:      c.switchAskFirst,
		view.ShowPrograms:  c.showPrograms,
		view.ShowDetails:   c.openDetails,
		view.RemoveAccount: c.openRemove,
	}
}

// ask sends one intent about an account; its error is told on the account's card.
func (c *controller) ask(id string, do view.Intent, send func(context.Context, Agent) error) {
	c.asking(id, do)
	agent := c.agent
	c.task(func(ctx context.Context) {
		err := send(ctx, agent)
		c.do(func() { c.answered(id, words.Line{}, err) })
	})
}

// asking clears the last answer and holds the buttons until the next.
func (c *controller) asking(id string, do view.Intent) {
	l := c.local(id)
	l.Said.Text, l.Err, l.Copied, l.Busy = "", nil, false, do
	c.redraw()
}

// answered shows an answer on the card. What the person cancelled is no news to them.
func (c *controller) answered(id string, said words.Line, err error) {
	if _, ok := c.snapshot.Account(id); !ok {
		return
	}
	l := c.local(id)
	l.Busy = view.Nothing
	if !errors.Is(err, context.Canceled) && fault.CodeOf(err) != fault.SignInCancelled {
		l.Err = err
	}
	l.Said = said
	c.redraw()
}

// copyFor copies what is no secret, and says so on a card.
func (c *controller) copyFor(id, said, s string) {
	c.copyText(s)
	c.answered(id, words.Line{Text: said, Tone: words.Good}, nil)
}

// copySecretFor copies a token or a key, and has the card say so while it is there.
func (c *controller) copySecretFor(id string, s secret.Text) {
	c.copySecret(s, func() {
		if l := c.locals[id]; l != nil {
			l.Copied = false
			c.redraw()
		}
	})
	c.local(id).Copied = true
}
