package oauthflow

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
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

// newClient is a client on the provider's clock.
func newClient(t testing.TB, p *provider) *Client {
	t.Helper()
	c, _ := loggingClient(t, p)
	return c
}

func loggingClient(t testing.TB, p *provider) (*Client, *logbook) {
	t.Helper()
	log := &logbook{}
	everything := slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
	c := New(Options{Now: p.clock.time, Log: slog.New(everything)})
	t.Cleanup(c.CloseIdle)
	return c, log
}

type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// visit is one response as a browser sees it.
type visit struct {
	url    string
	status int
	header http.Header
	body   string
	err    error
}

// browser is a real HTTP client that shows every step of a redirect.
type browser struct{ client *http.Client }

func newBrowser(t testing.TB) *browser {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{&http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       20 * time.Second,
	}}
}

func (b *browser) get(address string, header ...string) visit {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return visit{url: address, err: err}
	}
	return b.do(req, header...)
}

func (b *browser) do(req *http.Request, header ...string) visit {
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := b.client.Do(req)
	if err != nil {
		return visit{url: req.URL.String(), err: err}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return visit{req.URL.String(), res.StatusCode, res.Header, string(body), err}
}

// follow gets an address and goes where it leads, as a person's browser does. It returns all steps.
func (b *browser) follow(address string) []visit {
	var steps []visit
	for range 6 {
		v := b.get(address)
		steps = append(steps, v)
		if v.err != nil || v.status < 300 || v.status > 399 {
			return steps
		}
		to, err := url.Parse(v.header.Get("Location"))
		if err != nil {
			return steps
		}
		from, _ := url.Parse(v.url)
		address = from.ResolveReference(to).String()
	}
	return steps
}

// story is one sign-in with a browser, from the outside.
type story struct {
	attempt account.Attempt
	steps   []visit // of the browser
	tokens  *Tokens
	err     error
}

// page is the last thing that the browser showed.
func (s story) page() visit { return s.steps[len(s.steps)-1] }

// signIn goes through a whole sign-in. act is what the person does in the browser; nil: they follow the link.
func signIn(t testing.TB, c *Client, p profile.Profile, act func(*browser, account.Attempt) []visit) story {
	t.Helper()
	return signInWith(t, context.Background(), c, p, SignInOptions{}, act)
}

func signInWith(
	t testing.TB, ctx context.Context, c *Client, p profile.Profile, o SignInOptions,
	act func(*browser, account.Attempt) []visit,
) (s story) {
	t.Helper()
	if act == nil {
		act = func(b *browser, a account.Attempt) []visit { return b.follow(a.URL) }
	}
	b := newBrowser(t)
	var person sync.WaitGroup
	s.tokens, s.err = c.SignIn(ctx, p, o, func(a account.Attempt) error {
		s.attempt = a
		person.Go(func() { s.steps = act(b, a) })
		return nil
	})
	person.Wait()
	return s
}

// signedInStory is a sign-in that must work.
func signedInStory(t testing.TB, c *Client, p profile.Profile) story {
	t.Helper()
	s := signIn(t, c, p, nil)
	if s.err != nil {
		t.Fatalf("the sign-in failed: %v", s.err)
	}
	return s
}

// callbackOf asks the provider and returns where it sends the browser, without going there.
func callbackOf(b *browser, a account.Attempt) string { return b.get(a.URL).header.Get("Location") }

// grantOf is what a session would keep.
func grantOf(t *Tokens) Grant {
	return Grant{
		Refresh: t.Refresh, Identity: t.Identity, Nonce: t.Nonce, Scope: t.Scope,
		Issuer: t.Issuer, TokenEndpoint: t.TokenEndpoint,
	}
}

func wantFault(t testing.TB, err error, code fault.Code) *fault.Error {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return f
}

func wantRefused(t testing.TB, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err == nil {
		_ = conn.Close()
		t.Fatalf("somebody still listens at %s", u.Host)
	}
}

func has(notices []*fault.Error, code fault.Code) bool {
	for _, n := range notices {
		if n.Code == code {
			return true
		}
	}
	return false
}

// with changes one parameter of a URL's query.
func with(address, name string, values ...string) string {
	u, _ := url.Parse(address)
	q := u.Query()
	q[name] = values
	u.RawQuery = q.Encode()
	return u.String()
}

// never is a timer that does not fire.
func never(time.Duration) <-chan time.Time { return nil }

// timers fires at once those that are set for d, and no others.
func atOnce(d time.Duration) func(time.Duration) <-chan time.Time {
	fired := make(chan time.Time)
	close(fired)
	return func(set time.Duration) <-chan time.Time {
		if set == d {
			return fired
		}
		return nil
	}
}

func contains(t testing.TB, s string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			t.Errorf("%q is missing in:\n%s", p, s)
		}
	}
}

func query(address string) url.Values {
	u, _ := url.Parse(address)
	return u.Query()
}

func failingOpen(s *story) func(account.Attempt) error {
	return func(a account.Attempt) error {
		s.attempt = a
		return fault.New(fault.BrowserFailed, "url", "x")
	}
}

// keepNothing is for tests in which what is kept does not matter.
func keepNothing(context.Context, secret.Text) error { return nil }
