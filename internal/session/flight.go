package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
)

// renewDeadline ends a renewal that does not come back at all: requests and keychain operations have their own, much
// shorter deadlines.
const renewDeadline = 2 * time.Minute

// flight is one renewal under way. Those who wait for it may leave; it goes on.
type flight struct {
	done       chan struct{} // closed when it is over
	cancel     context.CancelFunc
	background bool // the loop began it
}

// renewLocked begins a renewal, or joins the one under way. It is nil where there is nothing to renew with,
// or no time for it any more.
func (e *entry) renewLocked(background bool) *flight {
	if e.flight != nil {
		return e.flight
	}
	request := e.holding.fetchLocked(e.core.now())
	if request == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(e.core.tasks.Late(), renewDeadline)
	f := &flight{done: make(chan struct{}), cancel: cancel, background: background}
	if !e.core.tasks.Start(func() { defer e.landed(f); request(ctx) }) {
		cancel()
		return nil
	}
	if background {
		e.core.renewing++
	}
	e.flight = f
	e.renew.Stop()
	e.core.changed()
	return f
}

func (e *entry) landed(f *flight) {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	f.cancel()
	if f.background {
		e.core.renewing--
	}
	e.flight = nil
	close(f.done)
	e.core.changed()
}

// stopRenewal ends the renewal under way: what it would bring is of no use any more.
func (e *entry) stopRenewal() {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	if e.flight != nil {
		e.flight.cancel()
	}
}

// renewForCallerLocked returns the renewal under way, or begins one where that is allowed.
func (e *entry) renewForCallerLocked(now time.Time, refused bool) *flight {
	switch {
	case e.flight != nil:
		return e.flight
	case !e.mayRenewLocked(now, refused):
		return nil
	}
	e.refusals++
	if !refused {
		e.refusals = 0
	}
	return e.renewLocked(false)
}

// mayRenewLocked tells whether a caller may cause a renewal now.
func (e *entry) mayRenewLocked(now time.Time, refused bool) bool {
	if e.holding.fetchLocked(now) == nil || e.rest == account.NeedsSignIn || e.signOuts > 0 {
		return false
	}
	return !e.quiet.Pending(now) && clock.Elapsed(now, e.lastTry) >= e.spacingLocked(refused)
}

// spacingLocked is how far the next renewal is from the last. An API that refuses tokens as they come will refuse the
// next as well: of those renewals each doubles the pause.
func (e *entry) spacingLocked(refused bool) time.Duration {
	if !refused {
		return callerSpacing
	}
	return min(callerSpacing<<min(e.refusals, 16), e.spacesMost)
}
