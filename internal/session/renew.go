package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

const (
	// lookAgain is how long the loop trusts a timer while somebody is signed in, and oversleep is how much later than
	// that it must be for us to believe that the machine slept.
	lookAgain = 20 * time.Second
	oversleep = 10 * time.Second

	// A renewal takes place after this share of the token's lifetime, and up to renewJitter more by chance.
	renewShare  = 0.8
	renewJitter = 0.1

	// Pauses after a failed renewal, when the provider does not say how long.
	offlineMost = 10 * time.Minute
	troubleMost = 30 * time.Minute
	quotaPause  = time.Hour
	// The most that a provider may ask for, and for how long its quota may be used up: oauthflow's bounds.
	longestPause, longestQuota = time.Hour, 24 * time.Hour

	// What the provider publishes is fetched again before it grows old (see oauthflow.Client.Prepare).
	prepareEvery              = 13 * time.Hour
	prepareFirst, prepareMost = 30 * time.Second, time.Hour

	// How many renewals and preparations the loop keeps under way at once.
	renewingMost, preparingMost = 8, 4
)

// loop is the one loop of all accounts, with the one timer. It sleeps for good while nothing is to come.
func (k *Keeper) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Stop()
		if wait := k.chores(); wait < forever {
			timer.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-timer.C:
		}
	}
}

// chores begins what is due, and tells how long nothing will be.
func (k *Keeper) chores() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.noticeSleep(now)
	next := k.recheckDue(now)
	for _, e := range k.order {
		next = min(next, k.renewalDue(e, now), k.resaveDue(e, now), k.prepareDue(e, now), k.farewellDue(e, now))
		if e.session != nil {
			next = min(next, lookAgain)
		}
	}
	k.lookBy = time.Time{}
	if next < forever {
		k.lookBy = now.Round(0).Add(next)
	}
	return next
}

// Each of the following begins one kind of work where it is due, or tells how long that is off. Work that waits for
// room is looked at again when some is free. k.mu is held.

func (k *Keeper) recheckDue(now time.Time) time.Duration {
	if left := k.recheck.left(now); left > 0 {
		return left
	}
	k.recheck.stop()
	k.startLocked(func() { _ = k.look(k.ctx) })
	return forever
}

func (k *Keeper) renewalDue(e *entry, now time.Time) time.Duration {
	if left := e.renew.left(now); left > 0 {
		return left
	}
	switch {
	case e.machine != nil:
		e.monthOver(now)
		k.changed()
	case !e.session.renews():
		e.lapsed()
		k.changed()
	case k.renewing < renewingMost:
		k.renewing++
		e.renew.stop()
		seen := e.lastTry
		k.startLocked(func() { k.renewByItself(e, seen) })
	}
	return forever
}

// renewByItself is a renewal that nobody waits for. It spends the refresh token only where the new one can be kept: a
// keychain that is locked, full or gone may be back before the access token in hand ends.
func (k *Keeper) renewByItself(e *entry, seen time.Time) {
	spend := k.spendable(k.late, e)
	k.mu.Lock()
	defer k.mu.Unlock()
	defer poke(k.wake)
	k.renewing--
	switch {
	case e.session == nil || e.lastTry != seen: // somebody else was faster
	case spend:
		k.renew(e, true)
	default:
		now := k.now()
		e.renew.set(now, min(e.session.left(now), loopSpacing))
	}
}

// spendable tells whether the refresh token may be spent: its successor can be kept, or the store does not hold it
// anyway, or the access token in hand has ended.
func (k *Keeper) spendable(ctx context.Context, e *entry) bool {
	k.mu.Lock()
	s, now := e.session, k.now()
	careless := s == nil || !s.saved || s.left(now) == 0
	usable := k.keychain.State != account.KeychainUnusable
	k.mu.Unlock()
	return careless || usable && k.noted(k.options.Keychain.Probe(ctx)) == nil
}

func (k *Keeper) resaveDue(e *entry, now time.Time) time.Duration {
	if left := e.resave.left(now); left > 0 {
		return left
	}
	e.resave.stop()
	k.startLocked(func() { k.resave(k.late, e) })
	return forever
}

func (k *Keeper) prepareDue(e *entry, now time.Time) time.Duration {
	if left := e.prepare.left(now); left > 0 {
		return left
	}
	if k.preparing < preparingMost && k.startLocked(func() { k.prepare(k.ctx, e) }) {
		e.prepare.stop()
		k.preparing++
	}
	return forever
}

// prepare fetches ahead what a sign-in will need. It does so quietly: what goes wrong shows when somebody signs in.
func (k *Keeper) prepare(ctx context.Context, e *entry) {
	err := k.options.Flow.Prepare(ctx, k.profileOf(e))
	k.mu.Lock()
	defer k.mu.Unlock()
	defer poke(k.wake)
	k.preparing--
	if err == nil {
		e.unprepared = 0
		e.prepare.set(k.now(), k.backoff(0, prepareEvery, prepareEvery))
		return
	}
	k.log.Debug("not prepared", "id", e.id, "code", fault.CodeOf(err))
	e.prepare.set(k.now(), k.backoff(e.unprepared, prepareFirst, prepareMost))
	e.unprepared++
}

// noticeSleep sees that the machine has slept, or that the clock was set, by a look that comes much too late.
// Connections are dead then without knowing it, and failures belong to another network. k.mu is held.
func (k *Keeper) noticeSleep(now time.Time) {
	if k.lookBy.IsZero() || now.Round(0).Sub(k.lookBy) < oversleep {
		return
	}
	k.log.Info("woke up", "late", now.Round(0).Sub(k.lookBy).Round(time.Second))
	k.lookBy = time.Time{}
	k.options.Flow.CloseIdle()
	for _, e := range k.order {
		if e.session != nil && e.rest == account.Offline && !e.quiet.pending(now) {
			e.failures = 0
			e.renew.set(now, 0)
		}
	}
	poke(k.wake)
}

// renewAfter is how long until a token that was just given is renewed; without a refresh token, how long until it ends.
func (k *Keeper) renewAfter(s *session, now time.Time) time.Duration {
	if !s.renews() {
		return s.left(now)
	}
	share := renewShare + renewJitter*k.options.Rand()
	due := time.Duration(share*float64(s.lifetime)) - (s.lifetime - s.left(now))
	return max(due, loopSpacing)
}

// pause is how long everybody waits after a renewal failed.
func (k *Keeper) pause(why *fault.Error, v verdict, failures int, now time.Time) pauses {
	p := pauses{loop: forever}
	if v.again {
		p.loop = k.patience(why, v.status, failures, now)
	}
	if v.callersWait {
		p.callers = p.loop
	}
	return p
}

// patience is as long as the provider says, within reason, else longer each time.
func (k *Keeper) patience(why *fault.Error, status account.Status, failures int, now time.Time) time.Duration {
	longest := longestPause
	if why.Code == fault.QuotaExhausted {
		longest = longestQuota
	}
	if !why.Until.IsZero() {
		asked := min(max(why.Until.Sub(now.Round(0)), loopSpacing), longest)
		return asked + time.Duration(k.options.Rand()*float64(loopSpacing))
	}
	switch {
	case why.Code == fault.QuotaExhausted:
		return k.backoff(0, quotaPause, quotaPause)
	case status == account.Offline:
		return k.backoff(failures, loopSpacing, offlineMost)
	default:
		return k.backoff(failures, loopSpacing, troubleMost)
	}
}
