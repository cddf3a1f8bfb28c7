package demo

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	verifier = "a-verifier-that-is-long-enough-for-rfc-7636-0123456789"
	callback = "http://127.0.0.1:17171/callback"
	jane     = "demo|jane"
)

func writePrivately(path string, data []byte) error { return os.WriteFile(path, data, 0o600) }

// sharedKey is made once: a tenth of a second a test would be felt.
var sharedKey = sync.OnceValue(func() []byte {
	var saved []byte
	if _, err := makeKey("", func(_ string, data []byte) error { saved = data; return nil }); err != nil {
		panic(err)
	}
	return saved
})

// start runs a demo in dir on any free port until the test ends.
func start(t *testing.T, o Options) *Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if _, err := os.Stat(filepath.Join(o.Dir, keyFile)); err != nil {
		if err := writePrivately(filepath.Join(o.Dir, keyFile), sharedKey()); err != nil {
			t.Fatal(err)
		}
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Save == nil {
		o.Save = writePrivately
	}
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// browser follows no redirects and keeps no connections: each response is the test's to judge.
var browser = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

type reply struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, r *http.Request, err error) reply {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(body)}
}

func get(t *testing.T, url string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	return send(t, r, err)
}

func post(t *testing.T, url string, form url.Values) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return send(t, r, err)
}

// location is where a redirect leads; its query is what a client reads.
func (r reply) location(t *testing.T) *url.URL {
	t.Helper()
	u, err := url.Parse(r.header.Get("Location"))
	if err != nil || r.status != http.StatusSeeOther {
		t.Fatalf("not a redirect: %d, %s", r.status, r.body)
	}
	return u
}

// authRequest is a good authorization request; change overrides parameters, "" removes one.
func authRequest(s *Server, change map[string]string) string {
	challenge := sha256.Sum256([]byte(verifier))
	params := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callback}, "scope": {scopes},
		"state": {"the-state"}, "nonce": {"the-nonce"}, "audience": {s.Issuer() + "api/"},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}
	for name, value := range change {
		params.Set(name, value)
		if value == "" {
			params.Del(name)
		}
	}
	return s.Issuer() + "authorize?" + params.Encode()
}

var formAction = regexp.MustCompile(`<form method="post" action="([^"]+)">`)

// press opens the sign-in page and presses a person's button.
func press(t *testing.T, s *Server, authURL, who string) reply {
	t.Helper()
	page := get(t, authURL)
	action := formAction.FindStringSubmatch(page.body)
	if page.status != http.StatusOK || action == nil {
		t.Fatalf("no sign-in page: %d, %s", page.status, page.body)
	}
	return post(t, s.Issuer()+strings.TrimPrefix(action[1], "/"), url.Values{"person": {who}})
}

// tokens is a response of the token endpoint, good or bad.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Type    string `json:"token_type"`
	Scope   string `json:"scope"`
	Expires int    `json:"expires_in"`
	Error   string `json:"error"`

	status int
}

func tokenRequest(t *testing.T, s *Server, form url.Values) tokens {
	t.Helper()
	answer := post(t, s.Issuer()+"oauth/token", form)
	got := tokens{status: answer.status}
	if err := json.Unmarshal([]byte(answer.body), &got); err != nil {
		t.Fatalf("the token endpoint answered %d, %s", answer.status, answer.body)
	}
	return got
}

func exchange(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {clientID}, "redirect_uri": {callback},
		"code": {code}, "code_verifier": {verifier},
	}
}

func refresh(t *testing.T, s *Server, token string) tokens {
	t.Helper()
	return tokenRequest(t, s, url.Values{
		"grant_type": {"refresh_token"}, "client_id": {clientID}, "refresh_token": {token},
	})
}

// signIn is the whole way for Jane, who may.
func signIn(t *testing.T, s *Server, change map[string]string) tokens {
	t.Helper()
	back := press(t, s, authRequest(s, change), jane).location(t)
	got := tokenRequest(t, s, exchange(back.Query().Get("code")))
	if got.status != http.StatusOK {
		t.Fatalf("the exchange failed: %d %s", got.status, got.Error)
	}
	return got
}

func whoami(t *testing.T, s *Server, authorization string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Issuer()+"api/whoami", nil)
	if err == nil && authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return send(t, r, err)
}

// dead asserts that a code or refresh token is refused as Auth0 refuses one.
func (got tokens) dead(t *testing.T, what string) {
	t.Helper()
	if got.status != http.StatusForbidden || got.Error != "invalid_grant" || got.Access != "" {
		t.Errorf("%s: %d %q, access token %t", what, got.status, got.Error, got.Access != "")
	}
}
