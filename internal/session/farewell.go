package session

import (
	"context"
	"time"

	"keyfob/internal/fault"
)

// A provider that could not be told of a sign-out is told later, more and more seldom, for a day. The refresh token is
// kept for that and for nothing else: where the session was, as a record that no version of Keyfob takes for a session.
const (
	farewellTime                = 24 * time.Hour
	farewellFirst, farewellMost = time.Minute, time.Hour
)

// farewell is a revocation that is still to be made. It belongs to an account that nobody is signed in to: a sign-in
// takes its place, because a provider may take back with one token all that the person has allowed the program
// (RFC 7009 §2.1; Auth0 does where it is told to).
type farewell struct {
	record           // refresh is empty, leaving is not
	since  time.Time // the sign-out
	failed int       // tries in a row
	again  alarm
	cancel context.CancelFunc // of the try under way; never nil
}

func newFarewell(s record, now time.Time) *farewell {
	keep := record{
		issuer: s.issuer, tokenEndpoint: s.tokenEndpoint, clientID: s.clientID, revocation: s.revocation,
		leaving: s.refresh, saved: now.Round(0),
	}
	return &farewell{record: keep, since: now, cancel: func() {}}
}

// recalled is the farewell that a stored record asks for; nil where it asks for none, or not any more.
func (k *Keeper) recalled(e *entry, r record, now time.Time, after time.Duration) *farewell {
	if r.leaving.Empty() || !r.belongsTo(e.profile) || elapsed(now, r.saved) >= farewellTime {
		return nil
	}
	f := &farewell{record: r, since: r.saved, cancel: func() {}}
	if f.since.After(now) { // by a clock that was wrong then, or is now
		f.since = now
	}
	f.again.set(now, after)
	return f
}

// worthAgain tells a revocation that may succeed later from one that never will.
func worthAgain(err error) bool {
	switch fault.CodeOf(err) {
	case fault.Offline, fault.TLSFailure, fault.Portal, fault.ProviderTrouble, fault.RateLimited, fault.QuotaExhausted:
		return true
	default:
		return false
	}
}

// farewellDue begins a try where it is due; see renew.go. k.mu is held.
func (k *Keeper) farewellDue(e *entry, now time.Time) time.Duration {
	f := e.farewell
	switch {
	case f == nil:
		return forever
	case !f.again.rings(now):
		return f.again.left(now)
	}
	f.again.stop()
	k.startLocked(func() { k.sayFarewell(k.ctx, e, f) })
	return forever
}

// sayFarewell tries once more, and forgets the token when the provider knows, or never will.
func (k *Keeper) sayFarewell(ctx context.Context, e *entry, f *farewell) {
	if e.gate.enter(ctx) != nil {
		return
	}
	defer e.gate.leave()
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	if !k.stillLeaving(e, f, cancel) {
		return
	}
	err := k.options.Flow.Revoke(ctx, k.profileOf(e), f.leaving)
	if !k.farewellSaid(e, f, err) {
		return
	}
	k.forgotten(e, k.erase(k.late, e))
}

func (k *Keeper) stillLeaving(e *entry, f *farewell, cancel context.CancelFunc) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case e.farewell != f, e.gone, k.closing:
		return false
	case e.attempt != nil: // a person signs in
		f.again.set(k.now(), farewellFirst)
		poke(k.wake)
		return false
	}
	f.cancel = cancel
	return true
}

// farewellSaid tells whether the farewell is over. If not, it is made again.
func (k *Keeper) farewellSaid(e *entry, f *farewell, err error) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if worthAgain(err) && elapsed(now, f.since) < farewellTime {
		f.again.set(now, k.backoff(f.failed, farewellFirst, farewellMost))
		f.failed++
		poke(k.wake)
		return false
	}
	k.log.Info("sign-out told to the provider", "id", e.id, "code", fault.CodeOf(err))
	e.farewell = nil
	return true
}

// notice is what a person should know of a farewell.
func (f *farewell) notice(host string) *fault.Error {
	return fault.New(fault.RevokeFailed, "host", host, "again", f.end().Format(time.RFC3339))
}

// end is when nobody tries any more.
func (f *farewell) end() time.Time { return f.since.Add(farewellTime).UTC() }
