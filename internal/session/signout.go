package session

import (
	"context"
	"errors"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/oauthflow"
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
		return k.signOut(late, e, nil)
	})
}

// signOut ends whatever is under way, then the session. drop, where there is one, runs while nothing else can begin; it
// leaves nobody behind who could tell the provider later.
func (k *Keeper) signOut(ctx context.Context, e *entry, drop func() error) (account.SignOutReport, error) {
	k.abandon(e)
	k.countLeaving(e, +1)
	defer k.countLeaving(e, -1)
	if err := e.gate.enter(ctx); err != nil {
		return account.SignOutReport{}, err
	}
	defer e.gate.leave()
	report := k.end(ctx, e, drop == nil)
	if drop != nil {
		return report, drop()
	}
	return report, nil
}

func (k *Keeper) countLeaving(e *entry, by int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.leaving += by
	k.changed()
}

// end revokes and forgets the session of e. Where the provider could not be told, later tells whether to try again; the
// session is gone all the same. Where the keychain does not tell whether there is a session, nothing changes. The
// account's gate is held.
func (k *Keeper) end(ctx context.Context, e *entry, later bool) account.SignOutReport {
	k.readHeld(k.options.Interactive(ctx), e, 1, k.store().Load)
	if k.isUnread(e) {
		return account.SignOutReport{Problem: k.keychainProblem()}
	}
	if k.machineOf(e) != nil {
		return k.endMachine(k.options.Interactive(ctx), e, later)
	}
	who := k.departing(e)
	if who == nil {
		return account.SignOutReport{NoRevoke: true, Deleted: true}
	}
	report := account.SignOutReport{ValidUntil: who.until}
	f := k.revoke(ctx, who, later, &report)
	err := k.leave(k.options.Interactive(ctx), e, f)
	if err != nil {
		report.Problem = fault.Of(err)
	}
	report.Deleted = err == nil
	k.forget(e, f)
	k.forgotten(e, err)
	k.log.Info("signed out", "id", e.id, "revoked", report.Revoked, "deleted", report.Deleted)
	return report
}

// departure is what a session leaves behind at the provider.
type departure struct {
	profile profile.Profile
	record            // its refresh token is the newest
	since   time.Time // the sign-out
	until   time.Time // the access token lives; zero: it does not
}

// departing is what there is to revoke; nil where there is nothing.
func (k *Keeper) departing(e *entry) *departure {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	d := &departure{profile: e.profile, since: now}
	switch {
	case e.session != nil:
		d.record = e.session.record
		d.refresh = e.session.newest()
		if e.session.left(now) > 0 {
			d.until = e.session.handOut(now, "").Expiry
		}
	case e.farewell != nil: // signed out before, and the provider does not know yet
		d.record = e.farewell.record
		d.refresh, d.since = e.farewell.leaving, e.farewell.since
	default:
		return nil
	}
	return d
}

// revoke tells the provider. It returns what is left to be told later.
func (k *Keeper) revoke(ctx context.Context, d *departure, later bool, report *account.SignOutReport) *farewell {
	if d.refresh.Empty() {
		report.NoRevoke = true
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	err := k.options.Flow.Revoke(ctx, d.profile, d.refresh)
	switch {
	case err == nil:
		report.Revoked = true
	case errors.Is(err, oauthflow.ErrNoRevocation):
		report.NoRevoke = true
	case later && worthAgain(err):
		f := newFarewell(d.record, d.since)
		f.again.set(k.now(), farewellFirst)
		report.Problem = d.notRevoked(err, "again", f.end().Format(time.RFC3339))
		return f
	default:
		report.Problem = d.notRevoked(err)
	}
	return nil
}

func (d *departure) notRevoked(err error, more ...string) *fault.Error {
	args := append([]string{"host", d.profile.Host()}, more...)
	return fault.New(fault.RevokeFailed, args...).WithUntil(d.until).Because(err)
}

// leave forgets the stored session. What is left to be told takes its place; where it cannot, memory alone keeps it.
func (k *Keeper) leave(ctx context.Context, e *entry, f *farewell) error {
	if f != nil && k.write(ctx, e, f.record) == nil {
		return nil
	}
	return k.erase(ctx, e)
}

// forget lets go of the session in memory.
func (k *Keeper) forget(e *entry, f *farewell) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.left(f)
}

// forgotten notes whether the stored copy is gone too; one that could not be deleted (err) is tried again.
func (k *Keeper) forgotten(e *entry, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrote(e, err)
	k.changed()
}
