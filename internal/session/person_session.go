package session

import (
	"cmp"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// signedIn is somebody who is signed in.
type signedIn struct {
	record
	unjudged secret.Text // a newer refresh token, from a response that has not passed all checks
	saved    bool        // the keychain holds the newest refresh token
	lost     int         // how often the newest refresh token was sent and no response came; see person_lost.go
	notices  []*fault.Error
	hand
}

// newSession is what a sign-in has given.
func newSession(p profile.Profile, t *oauthflow.Tokens, now time.Time) *signedIn {
	s := &signedIn{record: record{
		issuer: t.Issuer, tokenEndpoint: t.TokenEndpoint, clientID: p.ClientID,
		revocation: p.RevocationEndpoint,
		refresh:    t.Refresh, who: t.Identity, nonce: t.Nonce, granted: t.Scope,
	}}
	s.take(t, p.Host(), now)
	return s
}

// take takes over the access token of t, and what t says about it.
func (s *signedIn) take(t *oauthflow.Tokens, host string, now time.Time) {
	s.hand, s.notices = newHand(t, now), noticesOf(t, host)
	s.scope = cmp.Or(t.Scope, s.granted)
}

// after is the record as it is once t, the response to a refresh, is believed.
func (s *signedIn) after(t *oauthflow.Tokens) record {
	r := s.record
	r.refresh = s.newest()
	if !t.Refresh.Empty() {
		r.refresh = t.Refresh
	}
	r.granted = cmp.Or(t.Scope, r.granted)
	if t.Identity != (oauthflow.Identity{}) {
		r.who = t.Identity
	}
	return r
}

// newest is the refresh token that the provider gave last, whatever was wrong with the rest of its response.
func (s *signedIn) newest() secret.Text {
	if !s.unjudged.Empty() {
		return s.unjudged
	}
	return s.refresh
}

func (s *signedIn) renews() bool { return !s.newest().Empty() }

// grant is what a refresh is asked for with.
func (s *signedIn) grant() oauthflow.Grant {
	return oauthflow.Grant{
		Refresh: s.newest(), Identity: s.who, Nonce: s.nonce, Scope: s.granted,
		Issuer: s.issuer, TokenEndpoint: s.tokenEndpoint,
	}
}

// describe fills in what is shown of the session.
func (s *signedIn) describe(a *account.Account, memoryOnly bool) {
	a.Renews, a.Saved, a.Notices = s.renews(), s.saved, s.notices
	if !s.access.Empty() {
		a.Until = s.issued.Add(s.lifetime)
	}
	if a.Renews && !a.Saved && !memoryOnly {
		a.Notices = append([]*fault.Error{fault.New(fault.NotSaved)}, a.Notices...)
	}
	a.Who = shown(s.who)
}

// shown is who is signed in, for display; nil where the provider does not say.
func shown(who oauthflow.Identity) *account.Person {
	if who.Subject == "" {
		return nil
	}
	return &account.Person{
		Subject: who.Subject, Name: who.Name, Email: who.Email, Organization: who.Organization,
	}
}
