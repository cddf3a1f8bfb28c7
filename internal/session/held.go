package session

import (
	"fmt"
	"slices"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// session is somebody who is signed in. Keeper.mu guards it; only the holder of the account's gate changes it.
type session struct {
	record
	unjudged secret.Text // a newer refresh token, from a response that has not passed all checks
	saved    bool        // the keychain holds the newest refresh token
	doubts   int         // how often the newest refresh token was sent and no answer came; see doubt.go
	notices  []*fault.Error
	token
}

// token is an access token in hand. The zero token is none.
type token struct {
	access   secret.Text
	kind     string    // token_type
	issued   time.Time // by the wall clock
	held     time.Time // by both clocks
	lifetime time.Duration
}

func newToken(t *oauthflow.Tokens, now time.Time) token {
	return token{
		access: t.Access, kind: t.Type, issued: t.Issued.Round(0), held: now, lifetime: t.Expiry.Sub(t.Issued),
	}
}

// newSession is what a sign-in has given.
func newSession(p profile.Profile, t *oauthflow.Tokens, now time.Time) *session {
	s := &session{record: record{
		issuer: t.Issuer, tokenEndpoint: t.TokenEndpoint, clientID: p.ClientID,
		revocation: p.RevocationEndpoint,
		refresh:    t.Refresh, who: t.Identity, nonce: t.Nonce,
	}}
	s.take(t, now)
	return s
}

// take takes over the access token of t, and what t says about it.
func (s *session) take(t *oauthflow.Tokens, now time.Time) {
	s.token = newToken(t, now)
	s.notices = clockNotice(t)
	if t.Scope != "" {
		s.scope = t.Scope
	}
}

// clockApart is how far our clock may be off before a person is told. Tokens live on all the same: their lifetimes are
// measured, not compared with anybody's clock.
const clockApart = 2 * time.Minute

// clockNotice is what t says that a person should know, with a word about the clock where it is off.
func clockNotice(t *oauthflow.Tokens) []*fault.Error {
	if t.Skew.Abs() <= clockApart {
		return t.Notices
	}
	way := "behind"
	if t.Skew < 0 {
		way = "ahead of"
	}
	reason := "it is " + roughly(t.Skew.Abs()) + " " + way + " that of the sign-in service"
	return append(slices.Clone(t.Notices), fault.New(fault.ClockWrong, "reason", reason))
}

// roughly is how long d is, as people say it; d is more than a minute.
func roughly(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*365*day:
		return fmt.Sprintf("%d years", d.Round(365*day)/(365*day))
	case d >= 2*day:
		return fmt.Sprintf("%d days", d.Round(day)/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d.Round(time.Hour)/time.Hour)
	default:
		return fmt.Sprintf("%d minutes", d.Round(time.Minute)/time.Minute)
	}
}

// after is the record as it is once t, the answer to a refresh, is believed.
func (s *session) after(t *oauthflow.Tokens) record {
	r := s.record
	r.refresh = s.newest()
	if !t.Refresh.Empty() {
		r.refresh = t.Refresh
	}
	if t.Scope != "" {
		r.scope = t.Scope
	}
	if t.Identity != (oauthflow.Identity{}) {
		r.who = t.Identity
	}
	return r
}

// newest is the refresh token that the provider gave last, whatever was wrong with the rest of its answer.
func (s *session) newest() secret.Text {
	if !s.unjudged.Empty() {
		return s.unjudged
	}
	return s.refresh
}

func (s *session) renews() bool { return !s.newest().Empty() }

func (s *session) grant() oauthflow.Grant {
	return oauthflow.Grant{
		Refresh: s.newest(), Identity: s.who, Nonce: s.nonce, Scope: s.scope,
		Issuer: s.issuer, TokenEndpoint: s.tokenEndpoint,
	}
}

// left is how long the access token is good for; 0 where there is none.
func (t *token) left(now time.Time) time.Duration {
	if t.access.Empty() {
		return 0
	}
	return max(t.lifetime-t.age(now), 0)
}

func (t *token) age(now time.Time) time.Duration {
	return max(elapsed(now, t.held), now.Round(0).Sub(t.issued))
}

// covers tells whether the access token in hand is what a caller gets who asks for minValid. One that is asked for
// longer than the provider ever gives is content with a young token: nobody could do better, and asking again and
// again would not help.
func (t *token) covers(now time.Time, minValid time.Duration) bool {
	need := max(minValid, leastValid)
	if need >= t.lifetime {
		need = t.lifetime / 5 * 4
	}
	left := t.left(now)
	return left > 0 && left >= need
}

// handOut is the access token in hand. Its expiry is by the wall clock as it is now.
func (t *token) handOut(now time.Time, scope string) account.Access {
	return account.Access{Token: t.access, Type: t.kind, Scope: scope, Expiry: now.Round(0).Add(t.left(now))}
}

// describe fills in what a face shows of the session.
func (s *session) describe(a *account.Account, keychain account.KeychainState) {
	a.Renews, a.Saved, a.Notices = s.renews(), s.saved, s.notices
	if !s.access.Empty() {
		a.Until = s.issued.Add(s.lifetime)
	}
	if a.Renews && !a.Saved && keychain != account.KeychainMemoryOnly {
		a.Notices = append([]*fault.Error{fault.New(fault.NotSaved)}, a.Notices...)
	}
	a.Who = person(s.who)
}

// person is who is signed in, for display; nil where the provider does not say.
func person(who oauthflow.Identity) *account.Person {
	if who.Subject == "" {
		return nil
	}
	return &account.Person{
		Subject: who.Subject, Name: who.Name, Email: who.Email, Organization: who.Organization,
	}
}
