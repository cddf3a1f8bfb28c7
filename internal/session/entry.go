package session

import (
	"cmp"
	"context"
	"errors"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/tasks"
)

// entry is one account as the Keeper holds it: its profile, what is under way, and the state in which it rests. What it
// holds is the holding's affair.
type entry struct {
	core *core
	id   string

	// writing is the account's write lock. Whoever changes profile, holding or stored copy has it from the first look to
	// the last write; see the package's documentation.
	writing tasks.Semaphore

	// core.mu guards what follows.

	profile profile.Profile
	name    string       // of the profile, for display
	host    string       // likewise
	broken  *fault.Error // the profile's file cannot be used; profile is empty then
	gone    bool         // removed; whoever still has the entry leaves it alone
	holding holding

	rest    account.Status // what the account is while nothing is under way; changed by settleLocked alone
	problem *fault.Error   // why rest is not SignedIn
	failed  *fault.Error   // why the last sign-in failed
	loaded  chan struct{}  // closed when rest has left Loading
	unread  bool           // the keychain has not told whether it holds something
	awaited bool           // somebody has asked for the account before the keychain told

	attempt  *attempt // a sign-in under way
	flight   *flight  // a renewal under way
	signOuts int      // under way

	lastTry    time.Time     // when the last renewal or sign-in ended
	failures   int           // renewals that failed in a row
	refusals   int           // renewals in a row because an API refused the token
	spacesMost time.Duration // how far apart those come to be
	quiet      clock.Alarm   // until it rings even callers cause no request
	renew      clock.Alarm   // renew, or let lapse what cannot be renewed
	resave     clock.Alarm   // make the store hold what memory holds

	dirty    bool // the store does not hold what memory holds
	unsaved  int  // writes that failed in a row
	leftover bool // the keychain holds a copy from before memory only was chosen

	stale []string // keys of a copy of the kind before, which could not be deleted; the write lock guards it
}

// refusedMost is how far apart renewals come to be where an API refuses one token after the other.
const refusedMost = time.Hour

// newEntry is an account of which only the id is known. It counts as a person's until its profile says otherwise.
func newEntry(c *core, id string) *entry {
	e := &entry{
		core: c, id: id, name: id, writing: make(tasks.Semaphore, 1), rest: account.Loading, loaded: make(chan struct{}),
		unread: true, spacesMost: refusedMost,
	}
	e.holding = newHolding(e)
	return e
}

// useLocked makes p the profile of an account that had none.
func (e *entry) useLocked(p profile.Profile) {
	e.nameLocked(p)
	e.holding = newHolding(e)
}

func (e *entry) nameLocked(p profile.Profile) {
	e.profile, e.name, e.host, e.broken, e.failed = p, p.Name(), p.Host(), nil, nil
}

// changeProfileLocked makes p the profile in place of another. It returns what is to be done about the stored copy, by
// whoever has the account's write lock; nil: nothing.
func (e *entry) changeProfileLocked(p profile.Profile) func(context.Context) error {
	old, was := e.profile, e.holding
	e.unread = e.unread || e.broken != nil // a file that could not be read may have hidden a session
	e.nameLocked(p)
	stays, after := was.profileChangedLocked(old, e.core.now())
	if stays {
		return after
	}
	e.holding = newHolding(e)
	if !e.unread {
		e.forgetLocked()
		e.foundNothingLocked(nil)
	}
	if after == nil {
		return nil
	}
	keys := without(was.keys(), e.holding.keys())
	return func(ctx context.Context) error {
		err := after(ctx)
		if err != nil {
			e.stale = keys
		}
		return err
	}
}

// cannotUseLocked notes that the account's profile cannot be read.
func (e *entry) cannotUseLocked(why error) {
	e.broken = fault.Of(why)
	e.foundNothingLocked(nil)
}

// statusLocked is what the account is now: what is under way, or else what it rests in.
func (e *entry) statusLocked() account.Status {
	switch {
	case e.attempt != nil:
		return account.SigningIn
	case e.signOuts > 0:
		return account.SigningOut
	case e.flight != nil && e.holding.handLocked() != nil && e.rest == account.SignedIn:
		return account.Renewing // else it is one more try, and what holds meanwhile is what is wrong
	default:
		return e.rest
	}
}

// settleLocked is the one place where an account comes to rest in a state.
func (e *entry) settleLocked(rest account.Status, problem *fault.Error) {
	e.rest, e.problem = rest, problem
	if rest == account.Loading {
		return
	}
	select {
	case <-e.loaded:
	default:
		close(e.loaded)
	}
}

// The changes of state that all kinds of accounts have follow, one method each.

// foundNothingLocked: nothing is stored, or (with a reason) nothing that can be used.
func (e *entry) foundNothingLocked(reason *fault.Error) {
	e.unread, e.failed = false, reason
	e.settleLocked(e.holding.emptyLocked())
}

// cannotReadLocked: the keychain does not tell whether something is stored. Without any keychain nothing waits to be
// unlocked, so the account shows as signed out and the keychain's own state says why. One that the desktop can start
// waits as a locked one does.
func (e *entry) cannotReadLocked(why *fault.Error) {
	e.unread = true
	if why.Code == fault.KeychainMissing && why.Reason != fault.KeychainNotStarted {
		e.settleLocked(account.SignedOut, nil)
		return
	}
	e.settleLocked(account.KeychainLocked, why)
}

// freshLocked: there is a new token, and what has to be kept is saved, or known not to be.
func (e *entry) freshLocked(now time.Time, renew time.Duration) {
	e.lastTry, e.failures = now, 0
	e.quiet.Stop()
	e.renew.Set(now, renew)
	e.settleLocked(account.SignedIn, nil)
}

// notRenewedLocked: there is no new token. What is held stays whatever happened.
func (e *entry) notRenewedLocked(why *fault.Error, v verdict, now time.Time, pause pauses) {
	e.lastTry = now
	e.failures++
	e.settleLocked(v.status, why)
	e.renew.Stop()
	e.quiet.Stop()
	if v.again {
		e.renew.Set(now, pause.loop)
	}
	if pause.callers > 0 {
		e.quiet.Set(now, pause.callers)
	}
}

// forgetLocked forgets whatever has happened with what is held no more.
func (e *entry) forgetLocked() {
	e.failed, e.failures, e.lastTry = nil, 0, time.Time{}
	e.renew.Stop()
	e.quiet.Stop()
}

// accountLocked is what the clients of the local API draw.
func (e *entry) accountLocked(now time.Time) account.Account {
	a := account.Account{
		ID: e.id, Name: e.name, Issuer: e.profile.Issuer, Host: e.host,
		Demo: e.profile.Issuer == demoIssuer, Support: e.profile.Contacts,
		API:    e.profile.API != nil && len(e.profile.API.BaseURLs) > 0,
		Status: e.statusLocked(), Problem: cmp.Or(e.broken, e.failed, e.problem), InFlight: e.flight != nil,
	}
	if e.attempt != nil && e.attempt.open {
		info := e.attempt.info
		a.Attempt = &info
	}
	e.holding.describeLocked(&a, now)
	return a
}

// demoIssuer is the issuer of the built-in demo provider, which is the same for everybody. Its accounts are marked.
const demoIssuer = "http://127.0.0.1:17180/"

// profileNow is the account's profile.
func (e *entry) profileNow() profile.Profile {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	return e.profile
}

// holdingNow is what the account holds.
func (e *entry) holdingNow() holding {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	return e.holding
}

// errGone answers whoever does something with an account that was removed a moment ago.
var errGone = errors.New("the account was removed")

// stillHolds tells that h is what the account holds: meanwhile it may have been removed (errGone), or got a profile of
// another kind.
func (e *entry) stillHolds(h holding) error {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	switch {
	case e.gone:
		return errGone
	case e.holding != h:
		return fault.New(fault.Unconfirmed)
	}
	return nil
}

// brokenBy is why the account's profile cannot be used; nil where it can.
func (e *entry) brokenBy() error {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	if e.broken != nil {
		return e.broken
	}
	return nil
}

// isOpen tells whether somebody has read the account's profile.
func (e *entry) isOpen() bool {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	return e.profile.ID != "" || e.broken != nil
}

// isUnread tells whether the keychain is still to be asked what it holds.
func (e *entry) isUnread() bool {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	return e.unread && !e.gone
}
