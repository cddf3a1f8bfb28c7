package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"keyfob/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// provider is an OpenID provider over TLS, as far as the doctor goes; a test replaces the responses that it is about.
type provider struct {
	*httptest.Server
	pages map[string]http.HandlerFunc
	asked atomic.Int32
}

const (
	describedAt = "/.well-known/openid-configuration"
	keysAt      = "/keys"
)

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{pages: map[string]http.HandlerFunc{}}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		if r.Method != http.MethodGet || r.Header.Get("Authorization") != "" {
			t.Errorf("the doctor asks for more than a page: %s %s", r.Method, r.URL)
		}
		if page := p.pages[r.URL.Path]; page != nil {
			page(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	p.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that we break off
	t.Cleanup(p.Close)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.pages[keysAt] = answer(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Use: "sig"}}})
	p.pages[describedAt] = answer(p.description())
	return p
}

func (p *provider) description() map[string]any {
	return map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
		"jwks_uri": p.URL + keysAt,
	}
}

func answer(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) }
}

// clinic is a computer on which all is well, without an agent and with no profile.
func clinic(t *testing.T) *doctor {
	t.Helper()
	dir, err := os.MkdirTemp("", "kf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := newDoctor(Options{
		Places:  storage.Places{Config: dir + "/config", State: dir + "/state", Runtime: dir + "/run"},
		Looking: func(string) {}, Found: func(*Check) {},
	})
	d.probe = func(context.Context) error { return nil }
	d.trayHost = func(context.Context) (bool, error) { return true, nil }
	d.LookPath = func(file string) (string, error) { return "/usr/bin/" + file, nil }
	d.lookUp = func(context.Context, string) ([]net.IPAddr, error) {
		return []net.IPAddr{{IP: net.IPv4(127, 0, 0, 1)}}, nil
	}
	d.way.base.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	for _, folder := range []string{d.Places.Profiles(), d.Places.State, d.Places.Runtime} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// trust has the doctor accept the provider's certificate.
func (d *doctor) trust(p *provider) {
	d.way.base.TLSClientConfig.RootCAs = x509.NewCertPool()
	d.way.base.TLSClientConfig.RootCAs.AddCert(p.Certificate())
}

// add writes a profile file. Its callback may be at any port.
func (d *doctor) add(t *testing.T, id, issuer string, more ...string) {
	t.Helper()
	d.write(t, id, append(more, fmt.Sprintf(`"issuer": %q`, issuer), `"redirect_uris": ["http://127.0.0.1/callback"]`)...)
}

// addMachine writes the profile of a program's own account, which names the one address that it needs.
func (d *doctor) addMachine(t *testing.T, id, tokens string) {
	t.Helper()
	d.write(t, id, fmt.Sprintf(`"token_endpoint": %q`, tokens), `"grant_types": ["client_credentials"]`,
		`"token_endpoint_auth_method": "client_secret_basic"`)
}

func (d *doctor) write(t *testing.T, id string, members ...string) {
	t.Helper()
	text := fmt.Sprintf(`{"keyfob_profile": 1, "id": %q, "client_id": "abc"`, id)
	for _, member := range members {
		text += ", " + member
	}
	if err := os.WriteFile(filepath.Join(d.Places.Profiles(), id+".json"), []byte(text+"}"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// visitAll is the whole visit, by the names of the checks: those of a profile as "id: name".
func (d *doctor) visitAll(t *testing.T) map[string]*Check {
	t.Helper()
	report, err := d.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checks := map[string]*Check{}
	for _, c := range report.Checks {
		name := c.Name
		if c.Profile != "" {
			name = c.Profile + ": " + name
		}
		if checks[name] != nil || c.Text == "" || c.State == "" {
			t.Errorf("%s is there twice, or says nothing: %+v", name, c)
		}
		checks[name] = c
	}
	return checks
}

// want holds checks against states, and codes behind them: "fail offline".
func want(t *testing.T, checks map[string]*Check, states map[string]string) {
	t.Helper()
	for name, state := range states {
		c := checks[name]
		if c == nil {
			t.Errorf("%s was not looked at", name)
			continue
		}
		got := string(c.State)
		if c.Code != "" {
			got += " " + string(c.Code)
		}
		if got != state {
			t.Errorf("%s: %q, want %q: %s (%s)", name, got, state, c.Text, c.Detail)
		}
	}
}

var errAny = errors.New("any")
