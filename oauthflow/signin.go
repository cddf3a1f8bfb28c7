package oauthflow

import (
	"cmp"
	"context"
	"errors"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// SignInOptions of one sign-in.
type SignInOptions struct {
	AnotherAccount bool          // ask the provider to let the person choose again (prompt=login)
	Wait           time.Duration // how long a person may take in the browser; 0: 5 minutes
}

const defaultWait = 5 * time.Minute

// SignIn signs a person in through the system's browser, and returns the tokens. This is the whole story:
//
//  1. Know the provider: from the cache, if Prepare was called.
//  2. Listen on this machine, before the browser is told to come back here.
//  3. Make the secrets of this attempt: verifier, state, nonce.
//  4. Hand out the address to open; open returns at once, and whoever asked shows it to a browser.
//  5. Wait for the callback that carries the state. All other requests get a response, and change nothing.
//  6. Exchange the code, proving with the verifier that it was we who asked.
//  7. Check everything that came back. Until all of it is right, nobody is told that anything came.
//  8. Tell the browser how it went, and stop listening.
//
// It ends with ctx at any step, and leaves no listener and no goroutine. Its errors are the faults of the list's
// "Reaching the provider", "What the provider says of itself" and "Signing in".
func (c *Client) SignIn(
	ctx context.Context, p profile.Profile, o SignInOptions, open func(account.Attempt) error,
) (*Tokens, error) {
	ctx = limited(ctx, p)
	meta, err := c.provider(ctx, p, usable) // 1
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	at, err := bindFirst(ctx, p.Redirects()) // 2
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	defer at.close()
	a := newAttempt(p, meta, at.redirectURI) // 3
	l := newLoopback(a, c.log)
	defer l.close()
	l.serve(at.listeners)

	wait := cmp.Or(o.Wait, defaultWait)
	timeout := c.after(wait)
	shown, err := a.announce(o.AnotherAccount, c.wallTime(), wait)
	if err != nil {
		return nil, err
	}
	if err := open(shown); err != nil { // 4
		return nil, fault.Of(err)
	}
	cb, ok := l.wait(ctx, timeout) // 5
	if !ok {
		return nil, orCancelled(ctx, fault.New(fault.SignInTimeout, "redirect_uri", a.redirectURI))
	}
	tokens, err := c.redeem(ctx, a, cb) // 6 and 7
	if err != nil {
		err = orCancelled(ctx, err)
	}
	l.finish(ctx, resultOf(p.Name(), err), c.after(deliveryTime)) // 8
	return tokens, err
}

// redeem gets tokens for a callback.
func (c *Client) redeem(ctx context.Context, a attempt, cb callback) (*Tokens, error) {
	if cb.err != nil {
		return nil, cb.err
	}
	asked := c.wallTime()
	r, err := c.exchangeCode(ctx, a, cb.code)
	if err != nil {
		return nil, err
	}
	who, err := c.checkIDToken(ctx, a, r)
	if err != nil {
		return nil, err
	}
	return a.tokens(r, who, asked), nil
}

// orCancelled returns fault.SignInCancelled where a person cancelled, in place of what failed because of it.
func orCancelled(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fault.New(fault.SignInCancelled).Because(ctx.Err())
	}
	return err
}
