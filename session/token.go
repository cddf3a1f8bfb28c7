package session

import (
	"context"
	"time"

	"keyfob/account"
	"keyfob/internal/fault"
)

const (
	// leastValid is how long a token is good for at least when it is handed out, if that can be had: it has to travel.
	leastValid = 10 * time.Second

	// Renewals of one account are this far apart, those that callers cause and those of the loop.
	callerSpacing = 10 * time.Second
	loopSpacing   = 30 * time.Second
)

// Token hands out an access token that is good for minValid, or the best that can be had: one that is good for less
// (while the provider cannot be reached, or never gives more) is better than none, says when it ends, and carries a
// Note. No browser is ever opened for it.
//
// The errors: ProfileUnknown; SignedOutLocal where nobody is signed in; SignInRequired, DifferentPerson or CannotRenew
// where the person is needed again; the keychain's fault where it cannot tell whether somebody is signed in; else what
// keeps the provider from giving a token (Offline, ProviderTrouble, RateLimited, ClientRefused …). ctx bounds only the
// caller's waiting: a renewal that it caused goes on.
func (k *Keeper) Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error) {
	e, err := k.settled(ctx, id)
	if err != nil {
		return account.Access{}, err
	}
	access, f, enough := k.inHand(e, minValid)
	if enough {
		return access, nil
	}
	if f != nil {
		select {
		case <-f.done:
		case <-ctx.Done():
			if access.Token.Empty() {
				return account.Access{}, ctx.Err()
			}
		}
	}
	return k.best(e, minValid)
}

// inHand looks for a token that is good for minValid; where there is none it joins or begins a renewal, if one may be.
func (k *Keeper) inHand(e *entry, minValid time.Duration) (account.Access, *flight, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.noticeSleep(now)
	if e.session == nil {
		k.hurry(e, now)
		return account.Access{}, nil, false
	}
	var access account.Access
	if e.session.left(now) > 0 {
		access = e.handOut(now, minValid)
	}
	if e.session.covers(now, minValid) {
		return access, nil, true
	}
	return access, k.renewForCaller(e, now), false
}

// renewForCaller returns the renewal under way, or begins one where that is allowed. k.mu is held.
func (k *Keeper) renewForCaller(e *entry, now time.Time) *flight {
	switch {
	case e.flight != nil:
		return e.flight
	case !e.session.renews(), e.rest == account.NeedsSignIn, e.leaving > 0:
		return nil
	case e.quiet.pending(now), elapsed(now, e.lastTry) < callerSpacing:
		return nil
	}
	return k.renew(e, false)
}

// handOut is the access token in hand, with a note where it is good for less than minValid. Keeper.mu is held.
func (e *entry) handOut(now time.Time, minValid time.Duration) account.Access {
	a := e.session.handOut(now)
	if e.session.left(now) < minValid {
		a.Note = fault.New(fault.ShortLived, "until", a.Expiry.UTC().Format(time.RFC3339))
		if e.problem != nil {
			a.Note = a.Note.Because(e.problem)
		}
	}
	return a
}

// best is what can be handed out now, or why nothing can.
func (k *Keeper) best(e *entry, minValid time.Duration) (account.Access, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	s := e.session
	switch {
	case e.gone:
		return account.Access{}, k.unknown(e.id)
	case s != nil && s.left(now) > 0:
		return e.handOut(now, minValid), nil
	case e.problem != nil:
		return account.Access{}, e.problem
	case s == nil && e.unread && k.keychain.Problem != nil:
		return account.Access{}, k.keychain.Problem
	case s == nil:
		return account.Access{}, fault.New(fault.SignedOutLocal)
	case k.closing:
		return account.Access{}, errEnding
	default: // renewed a moment ago, and expired already
		until := now.Add(callerSpacing - elapsed(now, e.lastTry)).UTC().Format(time.RFC3339)
		return account.Access{}, fault.New(fault.RateLimited, "host", e.profile.Host(), "until", until)
	}
}

// settled finds an account, and waits until it is known whether somebody is signed in.
func (k *Keeper) settled(ctx context.Context, id string) (*entry, error) {
	e, err := k.opening(ctx, id)
	if err != nil {
		return nil, err
	}
	if broken := k.brokenBy(e); broken != nil {
		return nil, broken
	}
	k.readSoon(e)
	return e, k.wait(ctx, e.loaded)
}

// opening finds an account by its id, and waits for its own profile, not for all. One that is not known may be added
// while the others are read; and the nearest name is known after that.
func (k *Keeper) opening(ctx context.Context, id string) (*entry, error) {
	if err := k.wait(ctx, k.listed); err != nil {
		return nil, err
	}
	if e, err := k.find(id); err == nil {
		k.open(ctx, e)
		return e, ctx.Err()
	}
	if err := k.wait(ctx, k.opened); err != nil {
		return nil, err
	}
	return k.find(id)
}
