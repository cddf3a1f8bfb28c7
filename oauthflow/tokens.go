package oauthflow

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/jwt"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// Tokens are the outcome of a sign-in or a refresh in which every check passed.
type Tokens struct {
	Access  secret.Text
	Type    string      // "Bearer"
	Expiry  time.Time   // of Access, by our clock, counted from before the request; never zero
	Issued  time.Time   // when it was asked for, by our clock
	Refresh secret.Text // empty: the session cannot renew itself; at a refresh the old one where no new one came
	Scope   string      // what was granted, space-separated
	Missing []string    // asked for, not granted

	Identity Identity
	Nonce    secret.Text // of the sign-in; a refreshed ID token may repeat it

	// Skew is how far the provider's clock is ahead of ours (below zero: behind), to a second or so and the time that the
	// response travelled; 0 where the response has no Date (RFC 9110 §6.6.1).
	Skew time.Duration

	// Whom the refresh token may be sent to (mix-up, RFC 9700 §4.4).
	Issuer, TokenEndpoint string

	// Quotas are what the provider says is left of what it gives, where it says so.
	Quotas []account.Quota

	// Notices are what a person should know though it works. They speak of the session as it is now, so they replace
	// those of the refresh before.
	Notices []*fault.Error
}

// Identity is who signed in, as a checked ID token says, cleaned for display. It is zero where there was none.
type Identity struct {
	Subject      string // sub, as it is: it is refused where it could not be shown
	Name         string
	Email        string
	Organization string
	Audience     string // aud, sorted, space-separated
}

// defaultLifetime is assumed where neither provider nor profile says how long an access token lives.
const defaultLifetime = time.Hour

// newTokens is what every token response means.
func newTokens(p profile.Profile, meta metadata, r tokenResponse, asked time.Time) *Tokens {
	life := cmp.Or(r.lifetime, profileLifetime(p), defaultLifetime)
	return &Tokens{
		Access: r.access, Type: "Bearer", Issued: asked, Expiry: asked.Add(life),
		Skew: r.skew, Quotas: r.quotas, Issuer: meta.Issuer, TokenEndpoint: meta.TokenEndpoint,
	}
}

func profileLifetime(p profile.Profile) time.Duration {
	if p.API == nil || p.API.DefaultTokenLifetime <= 0 {
		return 0
	}
	return time.Duration(min(p.API.DefaultTokenLifetime, int(maxLifetime.Seconds()))) * time.Second
}

// note collects what a person should know of their session.
func (t *Tokens) note(p profile.Profile) {
	t.noteScope(p)
	if t.Refresh.Empty() && slices.Contains(p.Grants(), profile.RefreshToken) {
		t.Notices = append(t.Notices, fault.New(fault.CannotRenew))
	}
	if t.Identity.Subject == "" && asksForIDToken(p) {
		t.Notices = append(t.Notices, fault.New(fault.NoIDToken))
	}
	if jwt.LookAt(t.Access).Form == jwt.Encrypted { // Auth0 gives such tokens where no audience was asked for
		t.Notices = append(t.Notices, fault.New(fault.OpaqueToken))
	}
}

// noteScope compares what was granted with what was asked for.
func (t *Tokens) noteScope(p profile.Profile) {
	if t.Missing = missing(p, t.Scope); len(t.Missing) > 0 {
		t.Notices = append(t.Notices, fault.New(fault.ScopeReduced, "missing", strings.Join(t.Missing, " ")))
	}
}

// missing compares scopes (RFC 6749 §3.3). openid and offline_access show in what came, and have notices of their own.
// Where the token is for an API, some providers list the API's scopes only: then the scopes of OpenID Connect Core
// §5.4, which are about the ID token, are not missed.
func missing(p profile.Profile, granted string) []string {
	shown := []string{"openid", "offline_access"}
	if p.Audience != "" || len(p.Resource) > 0 {
		shown = append(shown, "profile", "email", "address", "phone")
	}
	have := append(strings.Fields(granted), shown...)
	var lost []string
	for _, s := range p.Scopes() {
		if !slices.Contains(have, s) {
			lost = append(lost, s)
		}
	}
	return lost
}
