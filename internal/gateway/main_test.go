package gateway

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	oldToken = "canary-old-token-0123456789"
	newToken = "canary-new-token-0123456789"
)

// tokens has one token, and another in its place.
type tokens struct {
	mu       sync.Mutex
	asked    int // for another token
	renewals int
	err      error
}

func (t *tokens) Token(context.Context, time.Duration) (account.Access, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	token := oldToken
	if t.renewals > 0 {
		token = newToken
	}
	return account.Access{Token: secret.New(token), Type: "Bearer"}, t.err
}

func (t *tokens) Instead(ctx context.Context, refused account.Access) (account.Access, error) {
	t.mu.Lock()
	t.asked++
	if refused.Token.Reveal() == oldToken {
		t.renewals = 1
	}
	t.mu.Unlock()
	return t.Token(ctx, 0)
}

// fixture is a gateway in front of an API, and what the two see.
type fixture struct {
	t        *testing.T
	api      *httptest.Server
	address  string
	others   []string // the addresses of the further listeners
	key      string   // of the client "one"
	other    string   // of the client "two"
	tokens   *tokens
	problems chan string // "client code"
	log      *buffer
	dialled  *buffer // a line for each connection to an API

	mu   sync.Mutex
	seen []*http.Request
}

// buffer is a log that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.b.Write(p) }

func (b *buffer) String() string { b.mu.Lock(); defer b.mu.Unlock(); return b.b.String() }

// build serves h as the API, below /v1/.
func build(t *testing.T, h http.HandlerFunc) *fixture {
	t.Helper()
	d := &fixture{t: t, tokens: &tokens{}, problems: make(chan string, 64), log: &buffer{}, dialled: &buffer{}}
	d.api = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.seen = append(d.seen, r)
		d.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(d.api.Close)
	base := apicall.NewBase()
	t.Cleanup(base.CloseIdleConnections)
	base.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		fmt.Fprintln(d.dialled, address)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	d.open(Options{Base: base})
	return d
}

// open starts a gateway to d.api, or to whatever the profile says.
func (f *fixture) open(o Options) {
	f.t.Helper()
	if o.Profile.ID == "" {
		o.Profile = profile.Profile{ID: "acme", API: &profile.API{BaseURLs: []string{f.api.URL + "/v1/"}}}
	}
	one, key := NewKey("one")
	two, other := NewKey("two")
	f.key, f.other = key.Reveal(), other.Reveal()
	o.Credentials, o.Keys = apicall.CredentialsOf(f.tokens), []Key{one, two}
	o.Log = slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.Problem = func(client string, problem error) { f.problems <- client + " " + string(fault.CodeOf(problem)) }
	s, err := New(o)
	if err != nil {
		f.t.Fatal(err)
	}
	listeners := run(f.t, s)
	f.address = listeners[0].Addr().String()
	for _, listener := range listeners[1:] {
		f.others = append(f.others, listener.Addr().String())
	}
}

// run serves until the test ends.
func run(t testing.TB, s *Server) Listeners {
	t.Helper()
	listeners, err := s.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listeners) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return listeners
}

func (f *fixture) requests() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen
}

// request is one with the key, for path.
func (f *fixture) request(method, path string, body io.Reader) *http.Request {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, "http://"+f.address+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set(KeyHeader, f.key)
	return r
}

// send sends a request on a connection of its own, and follows no redirect.
func (f *fixture) send(r *http.Request) (*http.Response, string) {
	f.t.Helper()
	tr := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	res, err := tr.RoundTrip(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return res, string(body)
}

func (f *fixture) get(path string) (*http.Response, string) {
	f.t.Helper()
	return f.send(f.request("GET", path, nil))
}

// raw sends text as it stands, {key} and {host} apart, and returns the statuses of the responses until the gateway
// hangs up, or until the last one that want has room for.
func (f *fixture) raw(text string, want int) (statuses []int) {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.address)
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	text = strings.NewReplacer("{key}", KeyHeader+": "+f.key, "{host}", f.address, "\n", "\r\n").Replace(text)
	if _, err := io.WriteString(conn, text); err != nil {
		f.t.Fatal(err)
	}
	for in := bufio.NewReader(conn); len(statuses) < want; {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			break
		}
		_, _ = io.Copy(io.Discard, res.Body)
		statuses = append(statuses, res.StatusCode)
	}
	return statuses
}
