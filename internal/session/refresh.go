package session

import (
	"context"
	"errors"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// refreshDeadline ends a renewal that does not come back at all: requests and keychain operations have their own, much
// shorter deadlines.
const refreshDeadline = 2 * time.Minute

// flight is one renewal under way. Those who wait for it may leave; it goes on.
type flight struct {
	done       chan struct{} // closed when it is over
	cancel     context.CancelFunc
	background bool // the loop began it
}

// renew begins a renewal, or joins the one under way. It is nil where there is no time for one any more. k.mu is held.
func (k *Keeper) renew(e *entry, background bool) *flight {
	if e.flight != nil {
		return e.flight
	}
	ctx, cancel := context.WithTimeout(k.late, refreshDeadline)
	f := &flight{done: make(chan struct{}), cancel: cancel, background: background}
	seen := e.session
	work := func() { k.fly(ctx, e, seen) }
	if m := e.machine; m != nil {
		had := m.access
		work = func() { k.fetch(ctx, e, m, had) }
	}
	if !k.startLocked(func() { defer k.land(e, f); work() }) {
		cancel()
		return nil
	}
	if background {
		k.renewing++
	}
	e.flight = f
	e.renew.stop()
	k.changed()
	return f
}

func (k *Keeper) land(e *entry, f *flight) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f.cancel()
	if f.background {
		k.renewing--
	}
	e.flight = nil
	close(f.done)
	k.changed()
}

// fly is one renewal, from the look whether it is still needed to the saved result.
func (k *Keeper) fly(ctx context.Context, e *entry, seen *session) {
	if e.gate.enter(ctx) != nil {
		k.later(e, seen)
		return
	}
	defer e.gate.leave()

	// 1. Look again: while we waited somebody may have signed in or out.
	p, grant, ok := k.lookAgain(e, seen)
	if !ok {
		return
	}

	// 2. Ask. A new refresh token is kept by keep.next, before anything else of the answer is judged.
	keep := &keeping{k: k, e: e, s: seen}
	tokens, err := k.ask(ctx, e, p, grant, keep)

	// 3. "No" is believed only if what was sent is what is stored.
	if fault.CodeOf(err) == fault.SignInRequired {
		if other, ok := k.otherStored(ctx, e, seen, grant); ok {
			tokens, err = k.ask(ctx, e, p, other, keep)
		}
	}

	// 4. Take over what came, or say why nothing did.
	switch {
	case err == nil:
		k.adoptRefreshed(e, seen, tokens, keep)
	case errors.Is(ctx.Err(), context.Canceled): // a sign-in takes its place, or Keyfob ends: it says nothing
		k.later(e, seen)
	default:
		k.refreshFailed(e, seen, fault.Of(err))
	}
}

// later has a renewal that came to nothing begun anew, if nothing took its place.
func (k *Keeper) later(e *entry, seen *session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.now(); e.session == seen {
		after := loopSpacing
		if seen.inDoubt() {
			after = k.doubtPauses(seen, now).loop
		}
		e.renew.set(now, after)
	}
}

func (k *Keeper) lookAgain(e *entry, seen *session) (profile.Profile, oauthflow.Grant, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.gone || e.session != seen || k.closing {
		return profile.Profile{}, oauthflow.Grant{}, false
	}
	return e.profile, seen.grant(), true
}

// keeping saves the refresh token of a response that nobody has judged yet.
type keeping struct {
	k *Keeper
	e *entry
	s *session

	err error // why the second slot does not hold it
}

// next keeps a new refresh token: in memory at once, and in the second slot. A slot that cannot be written is no reason
// to refuse the response, which has spent the old token already; so next never fails. It writes on the Keeper's time:
// the request's deadline is no concern of the keychain.
func (c *keeping) next(_ context.Context, refresh secret.Text) error {
	c.k.mu.Lock()
	c.s.unjudged, c.s.saved, c.s.doubts = refresh, false, 0
	r := c.s.record
	c.k.mu.Unlock()

	r.refresh = refresh
	c.err = c.k.setAside(c.k.late, c.e, r)

	c.k.mu.Lock()
	defer c.k.mu.Unlock()
	c.k.wrote(c.e, c.err)
	return nil
}

// otherStored looks whether the store holds another refresh token than the one that was refused, and takes it instead.
func (k *Keeper) otherStored(
	ctx context.Context, e *entry, s *session, refused oauthflow.Grant,
) (oauthflow.Grant, bool) {
	found, err := k.stored(ctx, e)
	if err != nil {
		return oauthflow.Grant{}, false
	}
	for _, r := range found {
		if r.ended() || r.refresh.Equal(refused.Refresh) {
			continue
		}
		k.log.Info("refresh token refused; trying the one that is stored", "id", e.id)
		k.mu.Lock()
		defer k.mu.Unlock()
		s.refresh, s.unjudged, s.doubts = r.refresh, secret.Text{}, 0
		e.soil(k.now())
		return s.grant(), true
	}
	return oauthflow.Grant{}, false
}

// adoptRefreshed makes the first slot hold the newest refresh token, and only then lets anybody have the access token.
// Where the second slot could not be written a moment ago, the first is left alone: resave tries again soon, and the
// caller has waited for the keychain once already.
func (k *Keeper) adoptRefreshed(e *entry, s *session, t *oauthflow.Tokens, keep *keeping) {
	k.mu.Lock()
	r := s.after(t)
	write := keep.err == nil && (e.dirty || !r.same(s.record))
	k.mu.Unlock()

	var err error
	if write {
		err = k.write(k.late, e, r)
	}

	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	s.record, s.unjudged, s.doubts = r, secret.Text{}, 0
	s.take(t, now)
	if write {
		k.wrote(e, err)
	}
	e.renewed(now, k.renewAfter(s, now))
	k.log.Info("renewed", "id", e.id, "until", t.Expiry.UTC(), "saved", s.saved)
}

// refreshFailed says why, and when to try again.
func (k *Keeper) refreshFailed(e *entry, s *session, why *fault.Error) {
	k.log.Warn("not renewed", "id", e.id, "code", why.Code, "detail", why.Detail)
	if why.Code == fault.DifferentPerson {
		k.dropUnjudged(e, s)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	v := judge(why)
	pause := k.pause(why, v, e.failures, now)
	if s.inDoubt() && answerLost(why) {
		why = fault.New(fault.AnswerLost, "host", why.Args["host"]).Because(why)
		v, pause = judge(why), k.doubtPauses(s, now)
	}
	e.notRenewed(why, v, now, pause)
}

// dropUnjudged forgets a refresh token that turned out to be another person's. The old one stays, whatever it is worth.
func (k *Keeper) dropUnjudged(e *entry, s *session) {
	k.mu.Lock()
	s.unjudged = secret.Text{}
	r := s.record
	k.mu.Unlock()

	err := k.write(k.late, e, r)

	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrote(e, err)
}
