package session

import (
	"crypto/sha256"
	"slices"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

const (
	// leastValid is how long a token is good for at least when it is handed out, if that can be had: it has to travel.
	leastValid = 10 * time.Second

	// A new token is asked for after this share of the lifetime of the one in hand, and up to renewJitter more by chance.
	renewShare  = 0.8
	renewJitter = 0.1
)

// hand is an access token in hand, also one that has ended. The zero hand is none.
type hand struct {
	access   secret.Text
	kind     string // token_type
	scope    string // what it was granted for
	issued   time.Time
	held     time.Time // the same moment, by both of our clocks; issued is by the wall clock alone
	lifetime time.Duration
}

func newHand(t *oauthflow.Tokens, now time.Time) hand {
	return hand{
		access: t.Access, kind: t.Type, scope: t.Scope,
		issued: t.Issued.Round(0), held: now, lifetime: t.Expiry.Sub(t.Issued),
	}
}

// remaining is how long the access token is good for; 0 where there is none.
func (h *hand) remaining(now time.Time) time.Duration {
	if h.access.Empty() {
		return 0
	}
	return max(h.lifetime-h.age(now), 0)
}

func (h *hand) age(now time.Time) time.Duration {
	return max(clock.Elapsed(now, h.held), now.Round(0).Sub(h.issued))
}

// covers tells whether the token is what a caller gets who asks for minValid. One that is asked for longer than the
// provider ever gives is content with a young token: nobody could do better, and asking again and again would not help.
func (h *hand) covers(now time.Time, minValid time.Duration) bool {
	need := max(minValid, leastValid)
	if need >= h.lifetime {
		need = h.lifetime / 5 * 4
	}
	remaining := h.remaining(now)
	return remaining > 0 && remaining >= need
}

// is tells whether the token is the one with that SHA-256.
func (h *hand) is(sum [sha256.Size]byte) bool { return account.Fingerprint(h.access) == sum }

// handOut is the token as a caller gets it. Its expiry is by the wall clock as it is now.
func (h *hand) handOut(now time.Time) account.Access {
	return account.Access{Token: h.access, Type: h.kind, Scope: h.scope, Expiry: now.Round(0).Add(h.remaining(now))}
}

// clockApart is how far our clock may be off before a person is told. Tokens live on all the same: their lifetimes are
// measured, not compared with anybody's clock.
const clockApart = 2 * time.Minute

// noticesOf are what t says that a person should know, with a word about the clock where it is off from that of host.
func noticesOf(t *oauthflow.Tokens, host string) []*fault.Error {
	if t.Skew.Abs() <= clockApart {
		return t.Notices
	}
	reason := fault.ClockBehind
	if t.Skew < 0 {
		reason = fault.ClockAhead
	}
	off := fault.New(fault.ClockWrong, "apart", t.Skew.Abs().Round(time.Second).String(), "host", host).WithReason(reason)
	return append(slices.Clone(t.Notices), off)
}
