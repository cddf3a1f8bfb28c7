package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/slots"
)

// person is the holding of an account that a person signs in to. A sign-in gives a refresh token, which fetches one
// access token after the other, and which many providers replace each time.
type person struct {
	e    *entry
	core *core

	slots *slots.Pair // what is stored; the account's write lock guards it

	// core.mu guards what follows. Only who has the account's write lock changes session and revocation.

	session    *signedIn   // nil: nobody is signed in
	revocation *revocation // the provider is still to be told of a sign-out; nil while somebody is signed in

	prepare    clock.Alarm // fetch the provider's metadata and keys
	unprepared int         // preparations that failed in a row
}

func newPerson(e *entry) holding {
	p := &person{e: e, core: e.core, slots: slots.New(e.core.keychain, firstKey(e.id), secondKey(e.id), markOf)}
	if e.profile.ID != "" {
		p.prepare.Set(e.core.now(), 0)
	}
	return p
}

func (p *person) handLocked() *hand {
	if p.session == nil {
		return nil
	}
	return &p.session.hand
}

func (p *person) serveLocked(now time.Time, minValid time.Duration) bool {
	return p.session.covers(now, minValid)
}

func (p *person) byItself() bool { return true }

func (p *person) fetchLocked(time.Time) func(context.Context) {
	if p.session == nil || !p.session.renews() {
		return nil
	}
	r := &renewal{p: p, core: p.core, s: p.session}
	return r.run
}

// lookAgain is how long the loop trusts a timer while somebody is signed in.
const lookAgain = 20 * time.Second

func (p *person) dueLocked(now time.Time) time.Duration {
	next := min(p.renewalDueLocked(now), p.prepareDueLocked(now), p.revocationDueLocked(now))
	if p.session != nil {
		next = min(next, lookAgain)
	}
	return next
}

func (p *person) emptyLocked() (account.Status, *fault.Error) { return account.SignedOut, nil }

func (p *person) heldLocked() (something, stored bool) {
	s := p.session
	return s != nil, s == nil || s.saved || !s.renews()
}

func (p *person) lastWordLocked() bool { return false }

func (p *person) movedLocked(now time.Time) {
	p.e.leftover = p.e.leftover || p.revocation != nil
	if p.session != nil {
		p.e.leftover = p.e.leftover || p.session.saved
		p.session.saved = false
		p.e.soilLocked(now)
	}
}

func (p *person) profileChangedLocked(old profile.Profile, now time.Time) (bool, func(context.Context) error) {
	p.prepare.Set(now, 0)
	var after func(context.Context) error
	switch s := p.session; {
	case s == nil:
	case !s.belongsTo(p.e.profile):
		p.signedOutLocked(nil)
		after = func(ctx context.Context) error {
			defer p.giveBack(old, s.newest())
			return p.e.eraseAll(ctx, p)
		}
	case p.e.rest == account.Trouble: // what the provider refused before may work now
		p.e.quiet.Stop()
		p.e.renew.Set(now, 0)
	}
	if r := p.revocation; r != nil && !r.belongsTo(p.e.profile) {
		p.revocation = nil
		p.e.soilLocked(now)
	}
	return p.e.profile.Grant().Interactive, after
}

func (p *person) describeLocked(a *account.Account, _ time.Time) {
	switch {
	case p.session != nil:
		p.session.describe(a, p.core.keychain.MemoryOnly())
		if a.Renews {
			a.RenewsBy = p.e.renew.At()
		}
	case p.revocation != nil:
		a.Notices = []*fault.Error{p.revocation.notice(p.e.host)}
	}
	a.Actions = p.actionsLocked(a.Status)
}

// actionsLocked is what can be done in that state; account.Action has the rules.
func (p *person) actionsLocked(now account.Status) []account.Action {
	can := []account.Action{account.ActCopyCallbacks}
	signedOut, asked := now == account.SignedOut, now == account.NeedsSignIn
	if (signedOut || asked) && p.e.broken == nil {
		can = append(can, account.ActSignIn)
	}
	if now.HasSession() || asked || now == account.KeychainLocked {
		can = append(can, account.ActSignOut)
	}
	if signedOut {
		can = append(can, account.ActSignOutInBrowser)
	}
	return can
}
