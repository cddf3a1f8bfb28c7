package oauthflow

import (
	"encoding/base64"
	"net/http"
	"net/url"

	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// clientAuth is how a client says who it is at the token endpoint, and proves it (RFC 6749 §2.3). The set is closed:
// one type for each token_endpoint_auth_method that a profile may name (RFC 7591 §2). The method is never tried out,
// because that would send a code or a refresh token twice.
type clientAuth interface {
	// authenticate adds to the header or to the form of a request.
	authenticate(header http.Header, form url.Values)
	// secrets are what must not come back in an error.
	secrets() []secret.Text
}

// authOf is the client authentication of a profile. The secret is empty for a public client, which has none.
func authOf(p profile.Profile, s secret.Text) clientAuth {
	switch p.AuthMethod() {
	case profile.AuthBasic:
		return secretBasic{p.ClientID, s}
	case profile.AuthPost:
		return secretPost{p.ClientID, s}
	default:
		return publicClient{p.ClientID}
	}
}

// publicClient is "none": the client names itself (RFC 6749 §3.2.1).
type publicClient struct{ id string }

func (c publicClient) authenticate(_ http.Header, form url.Values) { form.Set("client_id", c.id) }

func (c publicClient) secrets() []secret.Text { return nil }

// secretBasic is "client_secret_basic". RFC 6749 §2.3.1 has both parts form-encoded before they go into the header.
type secretBasic struct {
	id     string
	secret secret.Text
}

func (c secretBasic) authenticate(header http.Header, _ url.Values) {
	pair := url.QueryEscape(c.id) + ":" + url.QueryEscape(c.secret.Reveal())
	header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
}

func (c secretBasic) secrets() []secret.Text { return []secret.Text{c.secret} }

// secretPost is "client_secret_post": RFC 6749 §2.3.1 allows the secret in the body.
type secretPost struct {
	id     string
	secret secret.Text
}

func (c secretPost) authenticate(_ http.Header, form url.Values) {
	form.Set("client_id", c.id)
	if !c.secret.Empty() {
		form.Set("client_secret", c.secret.Reveal())
	}
}

func (c secretPost) secrets() []secret.Text { return []secret.Text{c.secret} }
