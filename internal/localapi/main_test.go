package localapi

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/storage"
)

// strangerEnv makes the test binary a caller of another user: it asks at that socket and prints the code of what it
// gets.
const strangerEnv = "KEYFOB_TEST_STRANGER"

// roles are what the test binary is instead, by the variable that holds the socket's path.
var roles = map[string]func(path string){callerEnv: caller, intruderEnv: intruder, strangerEnv: stranger}

func TestMain(m *testing.M) {
	for env, play := range roles {
		if path := os.Getenv(env); path != "" {
			play(path)
			return
		}
	}
	goleak.VerifyTestMain(m)
}

const profileFile = `{"keyfob_profile": 1, "id": "rhythm", "issuer": "https://login.example/", "client_id": "abc"}`

// fakeKeeper answers from its fields and notes what it was asked.
type fakeKeeper struct {
	snapshot account.Snapshot
	access   account.Access
	report   account.SignOutReport
	err      error // if set, what each call that can fail gives
	without  error // if set, why there are no tokens
	unknown  error // if set, why it is not known which accounts there are
	signIn   func(ctx context.Context, open func(account.Attempt) error) error
	block    chan struct{} // if set, Token waits for it or for its context,
	blocked  chan struct{} // and says here that it does, if this is set

	changes   chan account.Snapshot // what watchers are to see next
	unwatched chan struct{}         // a value for each watcher that left

	mu    sync.Mutex
	calls []string
}

func newFakeKeeper() *fakeKeeper {
	return &fakeKeeper{
		snapshot:  account.Snapshot{Seq: 1, Agent: account.Agent{Tray: true}},
		access:    account.Access{Token: secret.New("at-canary"), Type: "Bearer", Scope: "a b", Expiry: inAnHour},
		report:    account.SignOutReport{Revoked: true, Deleted: true},
		changes:   make(chan account.Snapshot),
		unwatched: make(chan struct{}, 100),
	}
}

var inAnHour = time.Now().Add(time.Hour).UTC().Truncate(time.Second)

func (k *fakeKeeper) note(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, fmt.Sprintf(format, args...))
}

// asked returns and forgets what was asked since the last time.
func (k *fakeKeeper) asked() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	calls := k.calls
	k.calls = nil
	return calls
}

func (k *fakeKeeper) Known(context.Context) error { return k.unknown }
func (k *fakeKeeper) Snapshot() account.Snapshot  { return k.snapshot }
func (k *fakeKeeper) Raise()                      { k.note("raise") }

func (k *fakeKeeper) Watch(ctx context.Context) <-chan account.Snapshot {
	seen := make(chan account.Snapshot)
	go func() {
		defer func() { k.unwatched <- struct{}{} }()
		defer close(seen)
		next, changes := k.snapshot, (chan account.Snapshot)(nil)
		for to := seen; ; {
			select {
			case <-ctx.Done():
				return
			case to <- next:
				to, changes = nil, k.changes
			case next = <-changes:
				to, changes = seen, nil
			}
		}
	}()
	return seen
}

func (k *fakeKeeper) Profile(_ context.Context, id string) (profile.Profile, error) {
	k.note("profile %s", id)
	if k.err != nil {
		return profile.Profile{}, k.err
	}
	return profile.Parse([]byte(profileFile))
}

func (k *fakeKeeper) Import(_ context.Context, p profile.Profile, replace bool) error {
	k.note("import %s %v", p.ID, replace)
	return k.err
}

func (k *fakeKeeper) Remove(_ context.Context, id string) (account.SignOutReport, error) {
	k.note("remove %s", id)
	return k.report, k.err
}

func (k *fakeKeeper) SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error {
	k.note("sign-in %s %v", id, another)
	if k.signIn != nil {
		return k.signIn(ctx, open)
	}
	return k.err
}

func (k *fakeKeeper) Cancel(id string) error {
	k.note("cancel %s", id)
	return k.err
}

func (k *fakeKeeper) SignOut(_ context.Context, id string) (account.SignOutReport, error) {
	k.note("sign-out %s", id)
	return k.report, k.err
}

func (k *fakeKeeper) BrowserLogout(_ context.Context, id string) (string, error) {
	k.note("browser-logout %s", id)
	return "https://login.example/logout?client_id=abc", k.err
}

func (k *fakeKeeper) Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error) {
	if k.blocked != nil {
		k.blocked <- struct{}{}
	}
	if k.block != nil {
		select {
		case <-k.block:
		case <-ctx.Done():
			return account.Access{}, ctx.Err()
		}
	}
	k.note("token %s %s", id, minValid)
	return k.access, k.err
}

func (k *fakeKeeper) Available(_ context.Context, id string) error {
	k.note("available %s", id)
	return k.without
}

func (k *fakeKeeper) TokenInsteadOf(
	_ context.Context, id string, refused [sha256.Size]byte, minValid time.Duration,
) (account.Access, error) {
	k.note("token %s %s instead of %x", id, minValid, refused[:4])
	return k.access, k.err
}

func (k *fakeKeeper) SetSecret(_ context.Context, id string, s secret.Text, untried bool) error {
	k.note("secret %s of %d bytes %v", id, len(s.Reveal()), untried)
	return k.err
}

func (k *fakeKeeper) ForgetSecret(_ context.Context, id string) error {
	k.note("forget secret %s", id)
	return k.err
}

func (k *fakeKeeper) UseMemoryOnly(context.Context) error { k.note("memory"); return k.err }
func (k *fakeKeeper) RetryKeychain(context.Context) error { k.note("retry"); return k.err }

// socketPath is in a folder that Listen accepts, and short enough for every system.
func socketPath(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "keyfob")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "agent.sock")
}

func listen(t testing.TB, path string) net.Listener {
	t.Helper()
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// newServer has access rules of its own, which lets everybody in, where the test brings none.
func newServer(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Access == nil {
		o.Access = newAccess(t, nil)
	}
	if o.Gateways == nil {
		o.Gateways = &fakeGateways{}
	}
	if o.Hub == nil {
		o.Hub, _ = o.Keeper.(Hub) // the fake is both
	}
	return NewServer(o)
}

// fakeGateways opens one that nobody serves, and notes which are open.
type fakeGateways struct {
	mu   sync.Mutex
	open map[string]bool
	err  error

	opened func() // if set, called when one has been
}

func (g *fakeGateways) Open(_ context.Context, id string) (account.OpenGateway, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return account.OpenGateway{}, g.err
	}
	if g.open == nil {
		g.open = map[string]bool{}
	}
	g.open[id] = true
	if g.opened != nil {
		g.opened()
	}
	addresses := []account.GatewayAddress{
		{URL: "http://127.0.0.1:1", API: "https://one.example/v1"}, {URL: "http://127.0.0.1:2", API: "https://two.example"},
	}
	return account.OpenGateway{URL: addresses[0].URL, Key: secret.New("key-canary"), Addresses: addresses}, nil
}

func (g *fakeGateways) Close(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.open, id)
}

func (g *fakeGateways) isOpen(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open[id]
}

// newAccess asks by calling summon, if there is one.
func newAccess(t testing.TB, summon func() error) *access.Control {
	t.Helper()
	dir := t.TempDir()
	return access.New(access.Options{
		Policies: storage.NewFiles(filepath.Join(dir, "access"), ".json"), Ledger: filepath.Join(dir, "handouts.json"),
		ShowWindow: summon, Changed: func([]account.Request, []string) {}, Log: slog.New(slog.DiscardHandler),
	})
}

// serve runs a server until the test ends, and returns a client for it.
func serve(t testing.TB, o Options) *asker {
	t.Helper()
	path := socketPath(t)
	c, stop := serveAt(t, path, o)
	t.Cleanup(stop)
	return c
}

func serveAt(t testing.TB, path string, o Options) (c *asker, stop func()) {
	t.Helper()
	return serveServer(t, path, newServer(t, o))
}

// asker is our client, and beside it asks what no client of ours does.
type asker struct {
	*client.Client
	path      string
	transport *http.Transport
}

func newAsker(path string) *asker {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &asker{client.New(path), path, &http.Transport{DialContext: dial, DisableCompression: true}}
}

func (a *asker) Close() {
	a.Client.Close()
	a.transport.CloseIdleConnections()
}

// ask sends a request and returns the response, or the error that it carries.
func (a *asker) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://keyfob"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := a.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode < 400 {
		return data, err
	}
	var said wire.Error
	if err := json.Unmarshal(data, &said); err != nil {
		return nil, err
	}
	return nil, said.Error
}

// eventReader reads server-sent events of one line of data each.
type eventReader struct{ lines *bufio.Scanner }

func newEventReader(r io.Reader) eventReader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 4<<20)
	return eventReader{lines}
}

func (e eventReader) next() (name string, data []byte, err error) {
	for e.lines.Scan() {
		field, value, _ := bytes.Cut(e.lines.Bytes(), []byte(": "))
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			return name, value, nil
		}
	}
	return "", nil, cmp.Or(e.lines.Err(), io.EOF)
}

func serveServer(t testing.TB, path string, server *Server) (c *asker, stop func()) {
	t.Helper()
	l := listen(t, path)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	c = newAsker(path)
	return c, func() {
		c.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

// connect is a connection for those who write their requests by hand.
func connect(t testing.TB, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func wantCode(t testing.TB, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("error %v has code %q, want %q", err, got, want)
	}
}
