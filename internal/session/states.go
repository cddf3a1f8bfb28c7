package session

import (
	"cmp"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// entry is one account as the Keeper holds it.
type entry struct {
	id   string
	gate gate // held by whoever changes session, profile or what is stored; see the package's documentation

	// Guarded by Keeper.mu.
	profile profile.Profile
	name    string       // of the profile, for display
	host    string       // likewise
	broken  *fault.Error // the profile's file cannot be used; profile is empty then
	gone    bool         // removed; whoever still holds the entry leaves it alone

	rest    account.Status // what the account is while nothing is under way; changed by settle alone
	problem *fault.Error   // why rest is not SignedIn
	failed  *fault.Error   // why the last sign-in failed
	loaded  chan struct{}  // closed when rest has left Loading
	unread  bool           // the keychain has not told whether it holds a session
	awaited bool           // somebody has asked for the account before the keychain told

	session  *session  // nil: nobody
	machine  *machine  // nil: the profile is for people
	farewell *farewell // the provider is still to be told of a sign-out; nil while somebody is signed in
	attempt  *attempt  // a sign-in under way
	flight   *flight   // a renewal under way
	leaving  int       // sign-outs under way

	lastTry  time.Time // when the last renewal or sign-in ended
	failures int       // renewals that failed in a row
	refusals int       // renewals in a row because an API refused the token
	quiet    alarm     // until it rings even callers cause no request

	renew   alarm // renew, or lapse where that is not possible
	prepare alarm // fetch the provider's metadata and keys
	resave  alarm // make the store hold what memory holds

	dirty      bool // the store does not hold what memory holds
	unsaved    int  // writes that failed in a row
	unprepared int  // preparations that failed in a row
	leftover   bool // the keychain holds a copy from before memory only was chosen

	// Guarded by gate.
	second   bool        // the second slot is in use, or may be: nobody has looked, or a write may have happened
	inFirst  secret.Text // the refresh token that the first slot holds for sure; empty: unknown, or none
	inSecond secret.Text // likewise

	secretKept bool // the store holds a client's secret, or may
}

func newEntry(id string) *entry {
	return &entry{
		id: id, name: id, gate: make(gate, 1), rest: account.Loading, loaded: make(chan struct{}), unread: true,
		second: true,
	}
}

// use makes p the account's profile.
func (e *entry) use(p profile.Profile, now time.Time) {
	e.profile, e.name, e.host, e.broken, e.failed = p, p.Name(), p.Host(), nil, nil
	switch {
	case !p.Machine():
		e.machine = nil
		e.prepare.set(now, 0)
	case e.machine == nil:
		e.machine = &machine{}
		e.prepare.stop() // nobody waits for a browser
	}
}

// mended: the profile has changed, so that what the provider refused before may work now.
func (e *entry) mended(now time.Time) {
	if e.session != nil && e.rest == account.Trouble {
		e.quiet.stop()
		e.renew.set(now, 0)
	}
}

// cannotUse notes that the account's profile cannot be read.
func (e *entry) cannotUse(why error) {
	e.broken = fault.Of(why)
	e.foundNothing(nil)
}

// status is what the account is now: what is under way, or else what it rests in.
func (e *entry) status() account.Status {
	switch {
	case e.attempt != nil:
		return account.SigningIn
	case e.leaving > 0:
		return account.SigningOut
	case e.flight != nil && e.token() != nil && e.rest == account.SignedIn:
		return account.Renewing // else it is one more try, and what holds meanwhile is what is wrong
	default:
		return e.rest
	}
}

// settle is the one place where an account comes to rest in a state.
func (e *entry) settle(rest account.Status, problem *fault.Error) {
	e.rest, e.problem = rest, problem
	if rest != account.Loading {
		closeOnce(e.loaded)
	}
}

// The changes of state follow, one method each. Keeper.mu is held.

// found: a session was stored. It has no access token yet, and gets one after a while.
func (e *entry) found(s *session, now time.Time, after time.Duration) {
	e.unread, e.session, e.farewell = false, s, nil
	e.renew.set(now, after)
	e.settle(account.SignedIn, nil)
}

// foundNothing: no session is stored, or (with a reason) none that can be used.
func (e *entry) foundNothing(reason *fault.Error) {
	e.unread, e.failed = false, reason
	if e.machine != nil {
		e.settle(account.NeedsSignIn, fault.New(fault.SecretMissing, "id", e.id))
		return
	}
	e.settle(account.SignedOut, nil)
}

// cannotRead: the keychain does not tell whether a session is stored. Without any keychain nothing waits to be
// unlocked, so the account shows as signed out and the keychain's own state says why.
func (e *entry) cannotRead(why *fault.Error) {
	e.unread = true
	if why.Code == fault.KeychainMissing {
		e.settle(account.SignedOut, nil)
		return
	}
	e.settle(account.KeychainLocked, why)
}

// began: a person is asked to sign in. What holds until they have stays as it is.
func (e *entry) began(a *attempt) {
	e.attempt, e.failed = a, nil
	if e.farewell != nil {
		e.farewell.cancel()
	}
}

// ended: the attempt is over. err is nil if signedIn came before.
func (e *entry) ended(err error) {
	e.attempt = nil
	if err != nil && fault.CodeOf(err) != fault.SignInCancelled {
		e.failed = fault.Of(err)
	}
}

// signedIn: all checks are passed and s is saved, or known not to be.
func (e *entry) signedIn(s *session, now time.Time, renew time.Duration) {
	e.unread, e.session, e.farewell, e.failed = false, s, nil, nil
	e.fresh(now, renew)
}

// renewed: the session has new tokens, and they are saved, or known not to be.
func (e *entry) renewed(now time.Time, renew time.Duration) { e.fresh(now, renew) }

func (e *entry) fresh(now time.Time, renew time.Duration) {
	e.lastTry, e.failures = now, 0
	e.quiet.stop()
	e.renew.set(now, renew)
	e.settle(account.SignedIn, nil)
}

// notRenewed: the refresh failed. The session stays whatever happened; only a sign-in or a sign-out ends it.
func (e *entry) notRenewed(why *fault.Error, v verdict, now time.Time, pause pauses) {
	e.lastTry = now
	e.failures++
	e.settle(v.status, why)
	e.renew.stop()
	e.quiet.stop()
	if v.again {
		e.renew.set(now, pause.loop)
	}
	if pause.callers > 0 {
		e.quiet.set(now, pause.callers)
	}
}

// lapsed: the access token of a session without refresh token is no longer good.
func (e *entry) lapsed() {
	e.renew.stop()
	e.settle(account.NeedsSignIn, fault.New(fault.CannotRenew))
}

// left: signed out; the provider is still to be told where f is not nil.
func (e *entry) left(f *farewell) {
	e.farewell = f
	e.session, e.failed, e.failures, e.lastTry, e.unread = nil, nil, 0, time.Time{}, false
	e.renew.stop()
	e.quiet.stop()
	e.settle(account.SignedOut, nil)
}

// soil: the store does not hold what memory holds; write it soon.
func (e *entry) soil(now time.Time) {
	e.dirty = true
	e.resave.set(now, 0)
}

// account is what the faces draw.
func (e *entry) account(keychain account.KeychainState, now time.Time) account.Account {
	a := account.Account{
		ID: e.id, Name: e.name, Issuer: e.profile.Issuer, Host: e.host,
		Demo: e.profile.Issuer == demoIssuer, Support: e.profile.Contacts,
		API:    e.profile.API != nil && len(e.profile.API.BaseURLs) > 0,
		Status: e.status(), Problem: cmp.Or(e.broken, e.failed, e.problem), InFlight: e.flight != nil,
	}
	if e.attempt != nil && e.attempt.open {
		info := e.attempt.info
		a.Attempt = &info
	}
	switch {
	case e.session != nil:
		e.session.describe(&a, keychain)
		if a.Renews {
			a.RenewsBy = e.renew.at()
		}
	case e.machine != nil:
		e.describeMachine(&a, keychain, now)
	case e.farewell != nil:
		a.Notices = []*fault.Error{e.farewell.notice(e.host)}
	}
	return a
}

// demoIssuer is the issuer of the built-in demo provider, which is the same for everybody. Its accounts are marked.
const demoIssuer = "http://127.0.0.1:17180/"

// pauses are how long the loop leaves an account alone after a failure, and how long callers do (0: they need not).
type pauses struct{ loop, callers time.Duration }

// verdict is what a failed refresh means.
type verdict struct {
	status      account.Status
	again       bool // the loop tries again
	callersWait bool // a caller may not cause a request before the loop does
}

// judge separates "try again later" from "ask the person" and from "tell the people who run it".
func judge(f *fault.Error) verdict {
	v := verdict{status: account.Trouble, again: true, callersWait: !f.Until.IsZero()}
	switch f.Code {
	case fault.SignInRequired, fault.DifferentPerson, fault.CannotRenew,
		fault.SignInDenied, fault.SignInBlocked, fault.WrongOrganization, fault.SecretRefused:
		return verdict{status: account.NeedsSignIn}
	case fault.ClientRefused, fault.SignInRefused:
		return verdict{status: account.Trouble, callersWait: true} // only a change at the provider can help
	case fault.Offline, fault.TLSFailure, fault.Portal:
		v.status = account.Offline
	case fault.RateLimited, fault.QuotaExhausted:
		v.status, v.callersWait = account.Limited, true
	}
	return v
}
