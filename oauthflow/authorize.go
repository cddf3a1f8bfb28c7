package oauthflow

import (
	"crypto/rand"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

const maxAuthorizationURL = 8 << 10 // bytes

// attempt is one sign-in under way. Its secrets are its own: 256 random bits each, used once. It keeps the metadata
// that it began with, so that its code goes to the token endpoint of the provider that was asked, whatever is
// discovered meanwhile (mix-up, RFC 9700 §4.4).
type attempt struct {
	profile     profile.Profile
	meta        metadata
	redirectURI string

	verifier, state secret.Text
	nonce           secret.Text // empty where no ID token is asked for
}

func newAttempt(p profile.Profile, meta metadata, redirectURI string) attempt {
	a := attempt{profile: p, meta: meta, redirectURI: redirectURI, verifier: random(), state: random()}
	if asksForID(p) {
		a.nonce = random()
	}
	return a
}

// random is 32 octets in 43 characters. RFC 7636 §4.1 recommends the form for the verifier; state and nonce, which must
// be as hard to guess, have it too.
func random() secret.Text { return secret.New(oauth2.GenerateVerifier()) }

// authorizationURL is what the browser opens (RFC 6749 §4.1.1). What the profile adds comes first, so that it cannot
// replace what Keyfob sets.
func (a attempt) authorizationURL(another bool) (string, error) {
	u, err := checkURL("authorization_endpoint", a.meta.AuthorizationEndpoint)
	if err != nil {
		return "", err
	}
	q := u.Query() // RFC 6749 §3.1: the endpoint's own query "MUST be retained"
	for name, value := range a.profile.AuthorizationParams {
		q.Set(name, value)
	}
	if another {
		q.Set("prompt", promptLogin(q.Get("prompt")))
	}
	maps.Copy(q, a.parameters())
	u.RawQuery = q.Encode()
	if len(u.String()) > maxAuthorizationURL {
		return "", fault.New(fault.DiscoveryInvalid, "host", a.profile.Host(), "reason", "its address is too long")
	}
	return u.String(), nil
}

// parameters are those that Keyfob sets.
func (a attempt) parameters() url.Values {
	q := url.Values{
		"response_type":         {"code"},
		"client_id":             {a.profile.ClientID},
		"redirect_uri":          {a.redirectURI},
		"scope":                 {strings.Join(a.profile.Scopes(), " ")},
		"state":                 {a.state.Reveal()},
		"code_challenge":        {oauth2.S256ChallengeFromVerifier(a.verifier.Reveal())},
		"code_challenge_method": {"S256"},
	}
	if !a.nonce.Empty() {
		q.Set("nonce", a.nonce.Reveal())
	}
	if a.profile.Audience != "" {
		q.Set("audience", a.profile.Audience)
	}
	if len(a.profile.Resource) > 0 {
		q["resource"] = a.profile.Resource
	}
	return q
}

// promptLogin asks the provider to let the person choose again, beside what the profile asks for anyway. OpenID Connect
// Core §3.1.2.1: prompt is a list, and "none" cannot stand beside others.
func promptLogin(prompt string) string {
	rest := slices.DeleteFunc(strings.Fields(prompt), func(s string) bool { return s == "none" || s == "login" })
	return strings.Join(append([]string{"login"}, rest...), " ")
}

// announce is what the person's side sees of the attempt.
func (a attempt) announce(another bool, now time.Time, wait time.Duration) (account.Attempt, error) {
	address, err := a.authorizationURL(another)
	if err != nil {
		return account.Attempt{}, err
	}
	return account.Attempt{
		ID: rand.Text(), URL: address, RedirectURI: a.redirectURI, Started: now, Expires: now.Add(wait),
	}, nil
}
