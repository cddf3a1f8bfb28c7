package session

import (
	"context"
	"errors"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
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
func (p *person) renewAfter(s *session, now time.Time) time.Duration {
	if !s.renews() {
		return s.remaining(now)
	}
	share := renewShare + renewJitter*p.core.options.Rand()
	due := time.Duration(share*float64(s.lifetime)) - (s.lifetime - s.remaining(now))
	return max(due, loopSpacing)
}

// renew is one renewal, from the look whether it is still needed to the saved result.
func (p *person) renew(ctx context.Context, seen *session) {
	if p.e.writing.Acquire(ctx) != nil {
		p.later(seen)
		return
	}
	defer p.e.writing.Release()

	// 1. Look again: while we waited somebody may have signed in or out.
	profile, grant, ok := p.stillDue(seen)
	if !ok {
		return
	}

	// 2. Ask. A new refresh token is kept by keep.next, before anything else of the response is judged.
	keep := &keeping{p: p, s: seen}
	tokens, err := p.ask(ctx, profile, grant, keep)

	// 3. "No" is believed only if what was sent is what is stored.
	if fault.CodeOf(err) == fault.SignInRequired {
		if other, ok := p.otherStored(ctx, seen, grant); ok {
			tokens, err = p.ask(ctx, profile, other, keep)
		}
	}

	// 4. Take over what came, or say why nothing did.
	switch {
	case err == nil:
		p.adoptRenewed(seen, tokens, keep)
	case errors.Is(ctx.Err(), context.Canceled): // a sign-in takes its place, or Keyfob ends: it says nothing
		p.later(seen)
	default:
		p.notRenewed(seen, fault.Of(err))
	}
}

// later has a renewal that came to nothing begun anew, if nothing took its place.
func (p *person) later(seen *session) {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	if now := p.core.now(); p.session == seen {
		after := loopSpacing
		if seen.lostTwice() {
			after = p.lostPauses(seen, now).loop
		}
		p.e.renew.Set(now, after)
	}
}

func (p *person) stillDue(seen *session) (profile.Profile, oauthflow.Grant, bool) {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	if p.e.gone || p.session != seen || p.core.tasks.Ending() {
		return profile.Profile{}, oauthflow.Grant{}, false
	}
	return p.e.profile, seen.grant(), true
}

// keeping saves the refresh token of a response that nobody has judged yet.
type keeping struct {
	p *person
	s *session

	err error // why the second slot does not hold it
}

// next keeps a new refresh token: in memory at once, and in the second slot. A slot that cannot be written is no reason
// to refuse the response, which has spent the old token already; so next never fails. It writes on the Keeper's time:
// the request's deadline is no concern of the keychain.
func (k *keeping) next(_ context.Context, refresh secret.Text) error {
	core := k.p.core
	core.mu.Lock()
	k.s.unjudged, k.s.saved, k.s.lost = refresh, false, 0
	r := k.s.record
	core.mu.Unlock()

	r.refresh = refresh
	k.err = k.p.setAside(core.tasks.Late(), r)

	core.mu.Lock()
	defer core.mu.Unlock()
	k.p.e.wroteLocked(k.err)
	return nil
}

// otherStored looks whether the store holds another refresh token than the one that was refused, and takes it instead.
func (p *person) otherStored(ctx context.Context, s *session, refused oauthflow.Grant) (oauthflow.Grant, bool) {
	found, _, err := p.stored(ctx, p.core.keychain.Load)
	if err != nil {
		return oauthflow.Grant{}, false
	}
	for _, r := range found {
		if r.ended() || r.refresh.Equal(refused.Refresh) {
			continue
		}
		p.core.log.Info("refresh token refused; trying the one that is stored", "id", p.e.id)
		p.core.mu.Lock()
		defer p.core.mu.Unlock()
		s.refresh, s.unjudged, s.lost = r.refresh, secret.Text{}, 0
		p.e.soilLocked(p.core.now())
		return s.grant(), true
	}
	return oauthflow.Grant{}, false
}

// adoptRenewed makes the first slot hold the newest refresh token, and only then lets anybody have the access token.
// Where the second slot could not be written a moment ago, the first is left alone: it is tried again soon, and the
// caller has waited for the keychain once already.
func (p *person) adoptRenewed(s *session, t *oauthflow.Tokens, keep *keeping) {
	p.core.mu.Lock()
	r := s.after(t)
	write := keep.err == nil && (p.e.dirty || !r.same(s.record))
	p.core.mu.Unlock()

	var err error
	if write {
		err = p.keep(p.core.tasks.Late(), r)
	}

	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	now := p.core.now()
	s.record, s.unjudged, s.lost = r, secret.Text{}, 0
	s.take(t, now)
	if write {
		p.e.wroteLocked(err)
	}
	p.e.freshLocked(now, p.renewAfter(s, now))
	p.core.log.Info("renewed", "id", p.e.id, "until", t.Expiry.UTC(), "saved", s.saved)
}

// notRenewed says why, and when to try again. The session stays; only a sign-in or a sign-out ends it.
func (p *person) notRenewed(s *session, why *fault.Error) {
	p.core.log.Warn("not renewed", "id", p.e.id, "code", why.Code, "detail", why.Detail)
	if why.Code == fault.DifferentPerson {
		p.dropUnjudged(s)
	}
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	now := p.core.now()
	v := judge(why)
	pause := p.core.pause(why, v, p.e.failures, now)
	if s.lostTwice() && answerLost(why) {
		why = fault.New(fault.AnswerLost, "host", why.Args["host"]).Because(why)
		v, pause = judge(why), p.lostPauses(s, now)
	}
	p.e.notRenewedLocked(why, v, now, pause)
}

// dropUnjudged forgets a refresh token that turned out to be another person's. The old one stays, whatever it is worth.
func (p *person) dropUnjudged(s *session) {
	p.core.mu.Lock()
	s.unjudged = secret.Text{}
	r := s.record
	p.core.mu.Unlock()

	err := p.keep(p.core.tasks.Late(), r)

	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	p.e.wroteLocked(err)
}
