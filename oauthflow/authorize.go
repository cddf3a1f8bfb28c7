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

// attempt is one sign-in under way. Its secrets have 256 random bits each and are used once. It keeps the metadata that
// it began with: its code goes to the token endpoint of the provider that was asked, whatever is discovered meanwhile
// (mix-up, RFC 9700 §4.4).
type attempt struct {
	profile     profile.Profile
	meta        metadata
	redirectURI string

	verifier, state secret.Text
	nonce           secret.Text // empty where no ID token is asked for
}

func newAttempt(p profile.Profile, meta metadata, redirectURI string) attempt {
	a := attempt{profile: p, meta: meta, redirectURI: redirectURI, verifier: random(), state: random()}
	if asksForIDToken(p) {
		a.nonce = random()
	}
	return a
}

// random returns 32 random octets in 43 characters. RFC 7636 §4.1 recommends this form for the verifier. State and
// nonce must be as hard to guess, and have it too.
func random() secret.Text { return secret.New(oauth2.GenerateVerifier()) }

// authorizationURL is what the browser opens (RFC 6749 §4.1.1), with the challenge of RFC 7636 §4.3. What the endpoint
// and the profile add cannot replace what Keyfob sets.
func (a attempt) authorizationURL(another bool) (string, error) {
	endpoint, err := checkURL("authorization_endpoint", a.meta.AuthorizationEndpoint)
	if err != nil {
		return "", err
	}
	added := endpoint.Query() // RFC 6749 §3.1: the endpoint's own query "MUST be retained"
	for name, value := range a.profile.AuthorizationParams {
		added.Set(name, value)
	}
	if another {
		added.Set("prompt", promptLogin(added.Get("prompt")))
	}
	if len(a.profile.Resource) > 0 {
		added["resource"] = a.profile.Resource // RFC 8707 §2.1
	}
	endpoint.RawQuery = ""
	u, err := url.Parse(a.config(endpoint.String()).AuthCodeURL(a.state.Reveal(), a.options()...))
	if err != nil {
		return "", fault.New(fault.Internal).Because(err)
	}
	maps.Copy(added, u.Query())
	u.RawQuery = added.Encode()
	if len(u.String()) > maxAuthorizationURL {
		return "", badMetadata(a.profile.Host(), fault.DiscoveryURLTooLong)
	}
	return u.String(), nil
}

func (a attempt) config(endpoint string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:    a.profile.ClientID,
		Endpoint:    oauth2.Endpoint{AuthURL: endpoint},
		RedirectURL: a.redirectURI,
		Scopes:      a.profile.Scopes(),
	}
}

// options are the parameters that Keyfob sets beside those of RFC 6749.
func (a attempt) options() []oauth2.AuthCodeOption {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(a.verifier.Reveal())}
	if !a.nonce.Empty() {
		options = append(options, oauth2.SetAuthURLParam("nonce", a.nonce.Reveal()))
	}
	if a.profile.Audience != "" {
		options = append(options, oauth2.SetAuthURLParam("audience", a.profile.Audience))
	}
	return options
}

// promptLogin asks the provider to let the person choose again, beside what the profile asks for anyway. OpenID Connect
// Core §3.1.2.1: prompt is a list, and "none" cannot stand beside others.
func promptLogin(prompt string) string {
	rest := slices.DeleteFunc(strings.Fields(prompt), func(s string) bool { return s == "none" || s == "login" })
	return strings.Join(append([]string{"login"}, rest...), " ")
}

// announce describes the attempt to whoever opens the browser.
func (a attempt) announce(another bool, now time.Time, wait time.Duration) (account.Attempt, error) {
	address, err := a.authorizationURL(another)
	if err != nil {
		return account.Attempt{}, err
	}
	return account.Attempt{
		ID: rand.Text(), URL: address, RedirectURI: a.redirectURI, Started: now, Expires: now.Add(wait),
	}, nil
}
