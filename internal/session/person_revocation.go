package session

import (
	"context"
	"time"

	"keyfob/internal/clock"
	"keyfob/internal/fault"
)

// A provider that could not be told of a sign-out is told later, more and more seldom, for a day. The refresh token is
// kept for that and for nothing else: where the session was, as a record that no version of Keyfob takes for a session.
const (
	revocationTime                  = 24 * time.Hour
	revocationFirst, revocationMost = time.Minute, time.Hour
)

// revocation is one that is pending. It belongs to an account that nobody is signed in to: a sign-in takes its place,
// because a provider may take back with one token all that the person has allowed the program (RFC 7009 §2.1; Auth0
// does where it is told to).
type revocation struct {
	record           // refresh is empty, toRevoke is not
	since  time.Time // the sign-out
	failed int       // tries in a row
	again  clock.Alarm
	cancel context.CancelFunc // of the try under way; never nil
}

func newRevocation(s record, now time.Time) *revocation {
	keep := record{
		issuer: s.issuer, tokenEndpoint: s.tokenEndpoint, clientID: s.clientID, revocation: s.revocation,
		toRevoke: s.refresh, saved: now.Round(0),
	}
	return &revocation{record: keep, since: now, cancel: func() {}}
}

// recalled is the revocation that a stored record asks for; nil where it asks for none, or not any more.
func recalled(e *entry, stored record, now time.Time, after time.Duration) *revocation {
	if stored.toRevoke.Empty() || !stored.belongsTo(e.profile) || clock.Elapsed(now, stored.saved) >= revocationTime {
		return nil
	}
	r := &revocation{record: stored, since: stored.saved, cancel: func() {}}
	if r.since.After(now) { // by a clock that was wrong then, or is now
		r.since = now
	}
	r.again.Set(now, after)
	return r
}

// notice is what a person should know of it.
func (r *revocation) notice(host string) *fault.Error {
	return fault.New(fault.RevokeFailed, "host", host, "again", r.end().Format(time.RFC3339))
}

// end is when nobody tries any more.
func (r *revocation) end() time.Time { return r.since.Add(revocationTime).UTC() }

// worthAgain tells a revocation that may succeed later from one that never will.
func worthAgain(err error) bool {
	switch fault.CodeOf(err) {
	case fault.Offline, fault.TLSFailure, fault.Portal, fault.ProviderTrouble, fault.RateLimited, fault.QuotaExhausted:
		return true
	default:
		return false
	}
}

// revocationDueLocked begins a try where it is due, or tells how long that is off.
func (p *person) revocationDueLocked(now time.Time) time.Duration {
	r := p.revocation
	switch {
	case r == nil:
		return clock.Forever
	case !r.again.Rings(now):
		return r.again.Remaining(now)
	}
	r.again.Stop()
	p.core.tasks.Start(func() { p.revokeAgain(p.core.tasks.Context(), r) })
	return clock.Forever
}

// revokeAgain tries once more, and forgets the token when the provider knows, or never will.
func (p *person) revokeAgain(ctx context.Context, r *revocation) {
	if p.e.writing.Acquire(ctx) != nil {
		return
	}
	defer p.e.writing.Release()
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	if !p.stillPending(r, cancel) {
		return
	}
	err := p.core.options.Flow.Revoke(ctx, p.e.profileNow(), r.toRevoke)
	if p.revoked(r, err) {
		p.e.wrote(p.e.eraseAll(p.core.tasks.Late(), p))
	}
}

func (p *person) stillPending(r *revocation, cancel context.CancelFunc) bool {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	switch {
	case p.revocation != r, p.e.gone, p.core.tasks.Ending():
		return false
	case p.e.attempt != nil: // a person signs in
		r.again.Set(p.core.now(), revocationFirst)
		p.core.nudge()
		return false
	}
	r.cancel = cancel
	return true
}

// revoked tells whether the revocation is over. If not, it is tried again.
func (p *person) revoked(r *revocation, err error) bool {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	now := p.core.now()
	if worthAgain(err) && clock.Elapsed(now, r.since) < revocationTime {
		r.again.Set(now, p.core.backoff(r.failed, revocationFirst, revocationMost))
		r.failed++
		p.core.nudge()
		return false
	}
	p.core.log.Info("sign-out told to the provider", "id", p.e.id, "code", fault.CodeOf(err))
	p.revocation = nil
	return true
}
