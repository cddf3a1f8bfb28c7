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
	who := k.departing(e)
	if who == nil {
		return account.SignOutReport{NoRevoke: true, Deleted: true}
	}
	report := account.SignOutReport{ValidUntil: who.until}
	k.revoke(ctx, who, &report)
	err := k.erase(k.options.Interactive(ctx), e)
	if err != nil {
		report.Problem = fault.Of(err)
	}
	report.Deleted = err == nil
	k.forget(e)
	k.forgotten(e, err)
	k.log.Info("signed out", "id", e.id, "revoked", report.Revoked, "deleted", report.Deleted)
	return report
}

// departure is what a session leaves behind at the provider.
type departure struct {
	profile profile.Profile
	refresh secret.Text
	until   time.Time // the access token lives; zero: it does not
}

// departing is what there is to revoke; nil where nobody is signed in.
func (k *Keeper) departing(e *entry) *departure {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.session == nil {
		return nil
	}
	d := &departure{profile: e.profile, refresh: e.session.newest()}
	if now := k.now(); e.session.left(now) > 0 {
		d.until = e.session.handOut(now).Expiry
	}
	return d
}

func (k *Keeper) revoke(ctx context.Context, d *departure, report *account.SignOutReport) {
	if d.refresh.Empty() {
		report.NoRevoke = true
		return
	}
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	err := k.options.Flow.Revoke(ctx, d.profile, d.refresh)
	switch {
	case err == nil:
		report.Revoked = true
	case errors.Is(err, oauthflow.ErrNoRevocation):
		report.NoRevoke = true
	default:
		report.Problem = d.notRevoked(err)
	}
}

func (d *departure) notRevoked(err error) *fault.Error {
	args := []string{"host", d.profile.Host()}
	if !d.until.IsZero() {
		args = append(args, "until", d.until.UTC().Format(time.RFC3339))
	}
	return fault.New(fault.RevokeFailed, args...).Because(err)
}

// forget lets go of the session in memory.
func (k *Keeper) forget(e *entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.left()
}

// forgotten notes whether the stored copy is gone too; one that could not be deleted (err) is tried again.
func (k *Keeper) forgotten(e *entry, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrote(e, err, false)
	k.changed()
}
