package session

import (
	"context"
	"crypto/sha256"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

const (
	// leastValid is how long a token is good for at least when it is handed out, if that can be had: it has to travel.
	leastValid = 10 * time.Second

	// Renewals of one account are this far apart, those that callers cause and those of the loop.
	callerSpacing = 10 * time.Second
	loopSpacing   = 30 * time.Second
	// refusedMost is how far apart they come to be where an API refuses one token after the other; those of a machine
	// more, if its tokens live for long.
	refusedMost = time.Hour
)

// Token hands out an access token that is good for minValid, or the best that can be had: one that is good for less
// (while the provider cannot be reached, or never gives more) is better than none, says when it ends, and carries a
// Note. No browser is ever opened for it.
//
// The errors: ProfileUnknown; SignedOutLocal where nobody is signed in; SignInRequired, DifferentPerson or CannotRenew
// where the person is needed again; SecretMissing, SecretRefused or CapReached of a machine; the keychain's fault where
// it cannot tell whether somebody is signed in; else what keeps the provider from giving a token (Offline,
// ProviderTrouble, RateLimited, ClientRefused …). ctx bounds only the caller's waiting: a renewal that it caused goes on.
func (k *Keeper) Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error) {
	return k.token(ctx, id, demand{minValid: minValid})
}

// TokenInsteadOf is Token for a caller whose API has refused the token of which refused is the SHA-256. If that is the
// one in hand it is renewed, else the newer one is what the caller lacked. Where no other can be had now the answer is
// why, or the refused token once more: an API that refuses one token after the other causes ever fewer requests.
func (k *Keeper) TokenInsteadOf(
	ctx context.Context, id string, refused [sha256.Size]byte, minValid time.Duration,
) (account.Access, error) {
	return k.token(ctx, id, demand{minValid: minValid, refused: &refused})
}

// Available tells what Token would answer instead of a token, as things are; nil where one is in hand, or may be asked
// for. It causes no request. One answer differs: where a person's sign-in could not be renewed, Token would try again,
// and this tells why until the loop has tried: nobody is to be asked about what may well fail.
func (k *Keeper) Available(ctx context.Context, id string) error {
	e, err := k.settled(ctx, id)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.noticeSleep(now)
	k.hurry(e, now)
	failed := e.problem != nil && e.machine == nil
	if e.token() != nil && !failed && (e.flight != nil || k.mayRenew(e, now, false)) {
		return nil
	}
	_, err = k.best(e, demand{}, now)
	return err
}

// demand is what a caller wants of a token.
type demand struct {
	minValid time.Duration
	refused  *[sha256.Size]byte // the token that is of no use; nil: none
}

func (d demand) refuses(t *token) bool {
	return d.refused != nil && sha256.Sum256([]byte(t.access.Reveal())) == *d.refused
}

func (k *Keeper) token(ctx context.Context, id string, d demand) (account.Access, error) {
	e, err := k.settled(ctx, id)
	if err != nil {
		return account.Access{}, err
	}
	access, f, enough := k.inHand(e, d)
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
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.best(e, d, k.now())
}

// inHand looks for a token that meets the demand; where there is none it joins or begins a renewal, if one may be.
func (k *Keeper) inHand(e *entry, d demand) (account.Access, *flight, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.noticeSleep(now)
	k.hurry(e, now)
	t := e.token()
	if t == nil {
		return account.Access{}, nil, false
	}
	var access account.Access
	if t.left(now) > 0 {
		access = e.handOut(now, d.minValid)
	}
	refused := t.left(now) > 0 && d.refuses(t)
	switch {
	case refused || !e.covers(now, d.minValid):
		return access, k.renewForCaller(e, now, refused), false
	case e.machine != nil:
		k.reuse(e, now)
	}
	return access, nil, true
}

// renewForCaller returns the renewal under way, or begins one where that is allowed. k.mu is held.
func (k *Keeper) renewForCaller(e *entry, now time.Time, refused bool) *flight {
	switch {
	case e.flight != nil:
		return e.flight
	case !k.mayRenew(e, now, refused):
		return nil
	}
	e.refusals++
	if !refused {
		e.refusals = 0
	}
	return k.renew(e, false)
}

// mayRenew tells whether a caller may cause a renewal now. e.token is not nil, and k.mu is held.
func (k *Keeper) mayRenew(e *entry, now time.Time, refused bool) bool {
	if !k.renewable(e, now) || e.rest == account.NeedsSignIn || e.leaving > 0 {
		return false
	}
	return !e.quiet.pending(now) && elapsed(now, e.lastTry) >= e.spacing(refused)
}

// spacing is how far the next renewal is from the last. An API that refuses tokens as they come will refuse the next as
// well: of those renewals each doubles the pause.
func (e *entry) spacing(refused bool) time.Duration {
	if !refused {
		return callerSpacing
	}
	most := refusedMost
	if e.machine != nil { // whose tokens are counted
		most = max(most, e.machine.lifetime/earliest)
	}
	return min(callerSpacing<<min(e.refusals, 16), most)
}

// token is the access token in hand, also one that has ended; nil where nobody is signed in.
func (e *entry) token() *token {
	switch {
	case e.session != nil:
		return &e.session.token
	case e.machine != nil:
		return &e.machine.token
	}
	return nil
}

// scope is what the access token in hand is for. e.token is not nil.
func (e *entry) scope() string {
	if e.machine != nil {
		return e.machine.scope
	}
	return e.session.scope
}

// covers tells whether the access token in hand will do. e.token is not nil.
func (e *entry) covers(now time.Time, minValid time.Duration) bool {
	if e.machine != nil {
		return e.machine.covers(now, minValid)
	}
	return e.session.covers(now, minValid)
}

func (k *Keeper) renewable(e *entry, now time.Time) bool {
	if e.machine != nil {
		return k.mayAsk(e, now)
	}
	return e.session.renews()
}

// handOut is the access token in hand, with a note where it is good for less than minValid. Keeper.mu is held.
func (e *entry) handOut(now time.Time, minValid time.Duration) account.Access {
	t := e.token()
	a := t.handOut(now, e.scope())
	if t.left(now) < minValid {
		a.Note = fault.New(fault.ShortLived).WithUntil(a.Expiry)
		if e.problem != nil {
			a.Note = a.Note.Because(e.problem)
		}
	}
	return a
}

// best is what can be handed out now, or why nothing can. k.mu is held.
func (k *Keeper) best(e *entry, d demand, now time.Time) (account.Access, error) {
	t := e.token()
	switch {
	case e.gone:
		return account.Access{}, k.unknown(e.id)
	case t != nil && t.left(now) > 0 && (e.problem == nil || !d.refuses(t)):
		return e.handOut(now, d.minValid), nil
	case e.problem != nil:
		return account.Access{}, e.problem
	case e.session == nil && e.unread && k.keychain.Problem != nil:
		return account.Access{}, k.keychain.Problem
	case t == nil:
		return account.Access{}, fault.New(fault.SignedOutLocal, "id", e.id)
	case k.closing:
		return account.Access{}, errEnding
	default: // renewed a moment ago, and expired already
		until := now.Add(callerSpacing - elapsed(now, e.lastTry))
		return account.Access{}, fault.New(fault.RateLimited, "host", e.profile.Host()).WithUntil(until)
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
