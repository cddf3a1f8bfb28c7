package session

import (
	"context"
	"errors"
	"time"

	"keyfob/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
	"keyfob/profile"
)

// revokeDeadline bounds how long a provider may keep a person from being signed out.
const revokeDeadline = 15 * time.Second

// SignOut revokes the refresh token, then forgets the session, also where the provider could not be told. The report
// says what was done and until when the last access token lives on: revoking does not end it (RFC 7009 §3, and the
// providers' own words). ctx bounds only the caller's waiting.
func (k *Keeper) SignOut(ctx context.Context, id string) (account.SignOutReport, error) {
	e, err := k.settled(ctx, id)
	if err != nil {
		return account.SignOutReport{}, err
	}
	return do(ctx, k, func(late context.Context) (account.SignOutReport, error) {
		return k.signOut(late, e, func() error { return nil })
	})
}

// signOut ends whatever is under way, then the session, and runs then while nothing else can begin.
func (k *Keeper) signOut(ctx context.Context, e *entry, then func() error) (account.SignOutReport, error) {
	k.abandon(e)
	k.countLeaving(e, +1)
	defer k.countLeaving(e, -1)
	if err := e.gate.enter(ctx); err != nil {
		return account.SignOutReport{}, err
	}
	defer e.gate.leave()
	report := k.end(ctx, e)
	return report, then()
}

func (k *Keeper) countLeaving(e *entry, by int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.leaving += by
	k.changed()
}

// end revokes and forgets the session of e. Where the keychain does not tell whether there is one, nothing changes. The
// account's gate is held.
func (k *Keeper) end(ctx context.Context, e *entry) account.SignOutReport {
	k.readHeld(k.options.Interactive(ctx), e, 1)
	if k.isUnread(e) {
		return account.SignOutReport{Problem: k.keychainProblem()}
	}
	p, refresh, until, nobody := k.leavingWith(e)
	if nobody {
		return account.SignOutReport{NoRevoke: true, Deleted: true}
	}
	report := account.SignOutReport{ValidUntil: until}
	k.revoke(ctx, p, refresh, &report)
	err := k.erase(k.options.Interactive(ctx), e)
	if err != nil {
		report.Problem = fault.Of(err)
	}
	report.Deleted = err == nil
	k.forget(e, err)
	return report
}

// leavingWith is what there is to revoke, and until when the access token lives.
func (k *Keeper) leavingWith(e *entry) (p profile.Profile, refresh secret.Text, until time.Time, nobody bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	switch s := e.session; {
	case s == nil:
		return e.profile, secret.Text{}, time.Time{}, true
	case s.left(now) > 0:
		return e.profile, s.newest(), s.handOut(now).Expiry, false
	default:
		return e.profile, s.newest(), time.Time{}, false
	}
}

func (k *Keeper) revoke(ctx context.Context, p profile.Profile, refresh secret.Text, report *account.SignOutReport) {
	if refresh.Empty() {
		report.NoRevoke = true
		return
	}
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	err := k.options.Flow.Revoke(ctx, p, refresh)
	switch {
	case err == nil:
		report.Revoked = true
	case errors.Is(err, oauthflow.ErrNoRevocation):
		report.NoRevoke = true
	default:
		report.Problem = revokeFailed(p, err, report.ValidUntil)
	}
}

func revokeFailed(p profile.Profile, err error, until time.Time) *fault.Error {
	f := fault.New(fault.RevokeFailed, "host", p.Host())
	if !until.IsZero() {
		f = fault.New(fault.RevokeFailed, "host", p.Host(), "until", until.UTC().Format(time.RFC3339))
	}
	return f.Because(err)
}

// forget lets go of the session in memory. A stored copy that could not be deleted (err) is tried again.
func (k *Keeper) forget(e *entry, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.left()
	k.wrote(e, err, false)
	k.changed()
}
