//go:build linux

package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"keyfob/e2e/stage"
)

const mostOfPeer = 0.6 // times what kubelogin takes, from its cache, is what `keyfob token` may take

// peer is another program that prints a token which it has, and does so without a word to the provider.
type peer struct {
	name     string
	title    string // its row in the table says so
	command  []string
	most     float64 // times what it takes is what `keyfob token` may take; 0 where nothing is promised
	provider *peerProvider
	why      error // it cannot be measured here
}

// peers are those that can be had here, signed in. What the sign-ins asked of the providers is not counted.
func (c *crowdDesk) peers() []*peer {
	peers := []*peer{c.kubelogin(), c.oidcToken()}
	for _, p := range peers {
		p.provider.requests.Store(0)
	}
	return peers
}

// kubelogin keeps its tokens in files. It signs in by password: that needs no browser, and what follows is the same.
// tools/bench.sh builds it.
func (c *crowdDesk) kubelogin() *peer {
	provider := startPeerProvider(c)
	p := &peer{name: "kubelogin", title: "kubelogin get-token, from its cache", most: mostOfPeer, provider: provider}
	p.command = []string{
		bench("kubelogin"), "get-token", "--oidc-issuer-url=" + provider.URL, "--oidc-client-id=" + stage.ClientID,
		"--grant-type=password", "--username=jane", "--password=x", "--token-cache-dir=" + c.Path("tmp/kubelogin"),
	}
	_, p.why = c.time(p.command)
	return p
}

const oidcSocket = "run/oidc-agent.sock"

// oidcToken is the nearest kin: a small C program that asks an agent, which has the tokens in its memory. Its account
// is made from a refresh token, which needs no person. Debian's package is oidc-agent-cli.
func (c *crowdDesk) oidcToken() *peer {
	provider := startPeerProvider(c)
	p := &peer{name: "oidc-token", title: "oidc-token of oidc-agent-cli", provider: provider}
	p.command = []string{"oidc-token", "acme"}
	p.why = c.serve(c.Path(oidcSocket), "oidc-agent", "--console", "--socket-path="+c.Path(oidcSocket))
	for _, command := range [][]string{{
		"oidc-gen", "acme", "--manual", "--issuer=" + provider.URL, "--client-id=" + stage.ClientID, "--client-secret=x",
		"--scope=openid offline_access", "--refresh-token=" + peerRefreshToken, "--pw-cmd=echo x", "--prompt=none",
	}, p.command} {
		if p.why == nil {
			_, p.why = c.time(command)
		}
	}
	return p
}

// report compares, or says why it cannot.
func (p *peer) report(b *testing.B, t *table, keyfob time.Duration, times []time.Duration) {
	b.Helper()
	if n := p.provider.requests.Load(); n > 0 {
		b.Errorf("%s asked its provider %d times: what was measured is not its cache", p.name, n)
	}
	row, limit := "keyfob token, to "+p.title, ""
	if p.most > 0 {
		limit = fmt.Sprintf("at most %.2f", p.most)
	}
	switch {
	case p.why != nil:
		b.Logf("%s: %v", p.name, p.why)
		t.add(row, "skipped: "+p.reason(), limit)
	case p.most > 0:
		holdRatio(b, t, p.name, row, keyfob, median(times), p.most)
	default:
		t.add(row, sayRatio(keyfob, median(times)), limit)
	}
}

// reason is why in a word; the whole of it is in the log.
func (p *peer) reason() string {
	if errors.Is(p.why, exec.ErrNotFound) || errors.Is(p.why, fs.ErrNotExist) {
		return "it is not here"
	}
	return "it does not work here, see the log above"
}

const peerRefreshToken = "y"

// peerProvider is an OpenID provider that counts.
type peerProvider struct {
	*httptest.Server

	requests atomic.Int64
}

// startPeerProvider starts a provider that signs an ID token for whoever asks, good for an hour.
func startPeerProvider(t testing.TB) *peerProvider {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	routes := http.NewServeMux()
	p := new(peerProvider)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests.Add(1)
		routes.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	routes.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		tell(w, http.StatusOK, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
			"scopes_supported": []string{"openid", "offline_access"}, // oidc-gen wants to know
		})
	})
	routes.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		tell(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
			{Key: key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"},
		}})
	})
	signing := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}
	signer := must(jose.NewSigner(signing, nil))(t)
	routes.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now()
		id, err := jwt.Signed(signer).Claims(jwt.Claims{
			Issuer: p.URL, Subject: "jane", Audience: jwt.Audience{stage.ClientID},
			IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Hour)),
		}).Serialize()
		if err != nil {
			t.Error(err)
		}
		tell(w, http.StatusOK, map[string]any{
			"access_token": "x", "token_type": "Bearer", "expires_in": 3600, "id_token": id,
			"refresh_token": peerRefreshToken,
		})
	})
	return p
}
