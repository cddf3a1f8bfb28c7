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

const (
	// revokeDeadline bounds how long a provider may keep a person from being signed out.
	revokeDeadline = 15 * time.Second
	// logoutDeadline bounds how long it may take to say where a browser signs out. Mostly it has said so before.
	logoutDeadline = 15 * time.Second
)

// end revokes and forgets the session. Where the provider could not be told it is told later, unless the account goes;
// the session is gone all the same. Where the keychain does not tell whether there is a session, nothing changes.
func (p *person) end(ctx context.Context, removed bool) account.SignOutReport {
	who := p.departing()
	if who == nil {
		return account.SignOutReport{NoRevoke: true, Deleted: true}
	}
	report := account.SignOutReport{ValidUntil: who.until}
	r := p.revoke(ctx, who, !removed, &report)
	err := p.storeInstead(p.core.options.Attended(ctx), r)
	if err != nil {
		report.Problem = fault.Of(err)
	}
	report.Deleted = err == nil
	p.forget(r)
	p.e.wrote(err)
	p.core.log.Info("signed out", "id", p.e.id, "revoked", report.Revoked, "deleted", report.Deleted)
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
func (p *person) departing() *departure {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	now := p.core.now()
	d := &departure{profile: p.e.profile, since: now}
	switch {
	case p.session != nil:
		d.record = p.session.record
		d.refresh = p.session.newest()
		if p.session.remaining(now) > 0 {
			d.until = p.session.handOut(now).Expiry
		}
	case p.revocation != nil: // signed out before, and the provider does not know yet
		d.record = p.revocation.record
		d.refresh, d.since = p.revocation.toRevoke, p.revocation.since
	default:
		return nil
	}
	return d
}

// revoke tells the provider. It returns what is still to be revoked later.
func (p *person) revoke(ctx context.Context, d *departure, later bool, report *account.SignOutReport) *revocation {
	if d.refresh.Empty() {
		report.NoRevoke = true
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, revokeDeadline)
	defer cancel()
	err := p.core.options.Flow.Revoke(ctx, d.profile, d.refresh)
	switch {
	case err == nil:
		report.Revoked = true
	case errors.Is(err, oauthflow.ErrNoRevocation):
		report.NoRevoke = true
	case later && worthAgain(err):
		r := newRevocation(d.record, d.since)
		r.again.Set(p.core.now(), revocationFirst)
		report.Problem = d.notRevoked(err, "again", r.end().Format(time.RFC3339))
		return r
	default:
		report.Problem = d.notRevoked(err)
	}
	return nil
}

func (d *departure) notRevoked(err error, more ...string) *fault.Error {
	args := append([]string{"host", d.profile.Host()}, more...)
	return fault.New(fault.RevokeFailed, args...).WithUntil(d.until).Because(err)
}

// storeInstead forgets the stored session. What is still to be revoked takes its place; where it cannot, memory alone
// keeps it.
func (p *person) storeInstead(ctx context.Context, r *revocation) error {
	if r != nil && p.keep(ctx, r.record) == nil {
		return nil
	}
	return p.e.eraseAll(ctx, p)
}

// forget lets go of the session in memory.
func (p *person) forget(r *revocation) {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	p.signedOutLocked(r)
}

// signedOutLocked: nobody is signed in any more; the provider is still to be told where r is not nil.
func (p *person) signedOutLocked(r *revocation) {
	p.session, p.revocation, p.e.unread = nil, r, false
	p.e.forgetLocked()
	p.e.settleLocked(account.SignedOut, nil)
}

func (p *person) logoutPage(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, logoutDeadline)
	defer cancel()
	return p.core.options.Flow.LogoutURL(ctx, p.e.profileNow())
}
