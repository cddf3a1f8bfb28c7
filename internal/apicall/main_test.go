package apicall

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tokenSource is where the tests' tokens come from: token-0 is in hand, and each renewal makes the next.
type tokenSource struct {
	mu       sync.Mutex
	issued   int
	asked    int
	renewals int
	expiry   time.Time
	stuck    bool // no other token can be had
	err      error
	make     func(i int) string // nil: token(i)
}

func token(i int) string { return "canary-token-" + strings.Repeat(string(rune('a'+i)), 20) }

func (s *tokenSource) access() account.Access {
	name := token(s.issued)
	if s.make != nil {
		name = s.make(s.issued)
	}
	return account.Access{Token: secret.New(name), Type: "bearer", Expiry: s.expiry}
}

func (s *tokenSource) Token(context.Context, time.Duration) (account.Access, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return s.access(), s.err
}

func (s *tokenSource) Instead(_ context.Context, refused account.Access) (account.Access, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if refused.Token.Equal(s.access().Token) && !s.stuck {
		s.issued++
		s.renewals++
	}
	return s.access(), s.err
}

func (s *tokenSource) renewed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renewals
}

// api is a server that notes what it gets.
type api struct {
	*httptest.Server

	mu   sync.Mutex
	seen []string // METHOD PATH TOKEN BODY
}

func serve(t *testing.T, h func(w http.ResponseWriter, r *http.Request, token string)) *api {
	t.Helper()
	s := &api{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI()+" "+token)
		s.mu.Unlock()
		h(w, r, token)
	}))
	t.Cleanup(s.Close)
	return s
}

func (a *api) calls() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.seen)
}

func profileOf(bases ...string) profile.Profile {
	return profile.Profile{ID: "acme", API: &profile.API{BaseURLs: bases}}
}

func transportTo(t *testing.T, base string, p *tokenSource) *Transport {
	t.Helper()
	tr := NewBase()
	t.Cleanup(tr.CloseIdleConnections)
	return &Transport{Profile: profileOf(base), Credentials: CredentialsOf(p), Base: tr}
}

type answer struct {
	status  int
	header  http.Header
	body    string
	problem *fault.Error
}

// do sends a request and reads its whole response.
func do(t *testing.T, tr *Transport, method, url string, body io.Reader) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	res, err := tr.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(data), fault.Of(res.Problem)}, err
}

func must(t *testing.T, tr *Transport, method, url string, body io.Reader) answer {
	t.Helper()
	a, err := do(t, tr, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tokenOf is a token with those claims, as JSON; nobody checks its signature.
func tokenOf(claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"RS256"}`)) + "." + b64([]byte(claims)) + "." + b64([]byte("signature"))
}

// base is a Base of the test's own, for what needs no network.
type base func(*http.Request) (*http.Response, error)

func (b base) RoundTrip(r *http.Request) (*http.Response, error) { return b(r) }

// says is a response: its headers come as "Name: value".
func says(status int, body string, headers ...string) *http.Response {
	h := http.Header{}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}
