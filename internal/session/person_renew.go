package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
)

// renewingMost is how many renewals the loop keeps under way at once.
const renewingMost = 8

// renewalDueLocked begins a renewal where one is due, or lets lapse what cannot be renewed. One that waits for room is
// looked at again when some is free.
func (p *person) renewalDueLocked(now time.Time) time.Duration {
	if wait := p.e.renew.Remaining(now); wait > 0 {
		return wait
	}
	switch {
	case !p.session.renews():
		p.lapsedLocked()
		p.core.changed()
	case p.core.renewing < renewingMost:
		p.core.renewing++
		p.e.renew.Stop()
		seen := p.e.lastTry
		p.core.tasks.Start(func() { p.renewByItself(seen) })
	}
	return clock.Forever
}

// lapsedLocked: the access token of a session without refresh token is no longer good.
func (p *person) lapsedLocked() {
	p.e.renew.Stop()
	p.e.settleLocked(account.NeedsSignIn, fault.New(fault.CannotRenew))
}

// renewByItself is a renewal that nobody waits for. It spends the refresh token only where the new one can be kept: a
// keychain that is locked, full or gone may be back before the access token in hand ends.
func (p *person) renewByItself(seen time.Time) {
	spend := p.spendable(p.core.tasks.Late())
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	defer p.core.nudge()
	p.core.renewing--
	switch {
	case p.session == nil || p.e.lastTry != seen: // somebody else was faster
	case spend:
		p.e.renewLocked(true)
	default:
		now := p.core.now()
		p.e.renew.Set(now, min(p.session.remaining(now), loopSpacing))
	}
}

// spendable tells whether the refresh token may be spent: its successor can be kept, or the store does not hold it
// anyway, or the access token in hand has ended.
func (p *person) spendable(ctx context.Context) bool {
	p.core.mu.Lock()
	s := p.session
	careless := s == nil || !s.saved || s.remaining(p.core.now()) == 0
	p.core.mu.Unlock()
	return careless || p.core.keychain.Usable(ctx)
}

// renewAfter is how long until a token that was just given is renewed; without a refresh token, how long until it ends.
func (p *person) renewAfter(s *signedIn, now time.Time) time.Duration {
	if !s.renews() {
		return s.remaining(now)
	}
	share := renewShare + renewJitter*p.core.options.Rand()
	due := time.Duration(share*float64(s.lifetime)) - (s.lifetime - s.remaining(now))
	return max(due, loopSpacing)
}
