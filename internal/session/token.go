package session

import (
	"context"
	"crypto/sha256"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/tasks"
)

// Token hands out an access token that is good for minValid, or the best that can be had: one that is good for less
// (while the provider cannot be reached, or never gives more) is better than none, says when it ends, and carries a
// Note. No browser is ever opened for it.
//
// The errors: ProfileUnknown; SignedOutLocal where nobody is signed in; SignInRequired, DifferentPerson or CannotRenew
// where the person is needed again; SecretMissing, SecretRefused or CapReached of a client; the keychain's fault where
// it cannot tell whether somebody is signed in; else what keeps the provider from giving a token (Offline,
// ProviderTrouble, RateLimited, ClientRefused …). ctx bounds only the caller's waiting: a renewal that it caused goes
// on.
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
	k.noticeSleepLocked(now)
	k.reader.hurryLocked(e, now)
	failed := e.problem != nil && e.holding.byItself()
	if e.holding.handLocked() != nil && !failed && (e.flight != nil || e.mayRenewLocked(now, false)) {
		return nil
	}
	_, err = k.bestLocked(e, demand{}, now)
	return err
}

// demand is what a caller wants of a token.
type demand struct {
	minValid time.Duration
	refused  *[sha256.Size]byte // the token that is of no use; nil: none
}

func (d demand) refuses(h *hand) bool { return d.refused != nil && h.is(*d.refused) }

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
	return k.bestLocked(e, d, k.now())
}

// inHand looks for a token that meets the demand; where there is none it joins or begins a renewal, if one may be.
func (k *Keeper) inHand(e *entry, d demand) (account.Access, *flight, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.noticeSleepLocked(now)
	k.reader.hurryLocked(e, now)
	h := e.holding.handLocked()
	if h == nil {
		return account.Access{}, nil, false
	}
	var access account.Access
	if h.remaining(now) > 0 {
		access = e.handOutLocked(h, now, d.minValid)
	}
	refused := h.remaining(now) > 0 && d.refuses(h)
	if !refused && e.holding.serveLocked(now, d.minValid) {
		return access, nil, true
	}
	return access, e.renewForCallerLocked(now, refused), false
}

// handOutLocked is the access token in hand, with a note where it is good for less than minValid.
func (e *entry) handOutLocked(h *hand, now time.Time, minValid time.Duration) account.Access {
	a := h.handOut(now)
	if h.remaining(now) < minValid {
		a.Note = fault.New(fault.ShortLived).WithUntil(a.Expiry)
		if e.problem != nil {
			a.Note = a.Note.Because(e.problem)
		}
	}
	return a
}

// bestLocked is what can be handed out now, or why nothing can.
func (k *Keeper) bestLocked(e *entry, d demand, now time.Time) (account.Access, error) {
	h := e.holding.handLocked()
	switch {
	case e.gone:
		return account.Access{}, k.unknownLocked(e.id)
	case h != nil && h.remaining(now) > 0 && (e.problem == nil || !d.refuses(h)):
		return e.handOutLocked(h, now, d.minValid), nil
	case e.problem != nil:
		return account.Access{}, e.problem
	case e.unread && k.keychain.Problem() != nil:
		return account.Access{}, k.keychain.Problem()
	case h == nil:
		return account.Access{}, fault.New(fault.SignedOutLocal, "id", e.id)
	case k.tasks.Ending():
		return account.Access{}, tasks.ErrEnding
	default: // renewed a moment ago, and expired already
		until := now.Add(callerSpacing - clock.Elapsed(now, e.lastTry))
		return account.Access{}, fault.New(fault.RateLimited, "host", e.profile.Host()).WithUntil(until)
	}
}
