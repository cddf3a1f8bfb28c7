package main

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/storage"
)

// canary is the access token that the fake hands out.
const canary = "canary-access-token"

// secretCanary is the client secret that the fake knows.
const secretCanary = "canary-client-secret"

// fakeKeeper is a Keeper of accounts whose ids say how they behave:
//
//	acme    Jane Doe is signed in
//	repo    as acme, once it is imported; acme.eu-2 as well
//	out     nobody is; a sign-in ends when the browser follows its link
//	silent  nobody is; a sign-in never ends by itself
//	batch   a program's own account, once it is imported
//	fail-X  whatever is asked fails with the fault X
//
// It holds more than that only as far as the scripts look at it.
type fakeKeeper struct {
	provider *httptest.Server
	visited  chan string   // states that came back from the browser
	ended    chan struct{} // closed when Cancel was called

	mu         sync.Mutex
	profiles   map[string]profile.Profile
	signedIn   map[string]bool
	locked     bool // the keychain asks to be unlocked before a sign-in
	memoryOnly bool
	forgotten  bool          // all that the keychain has of ours was deleted
	asked      time.Duration // the last minValid
	times      int           // how often a token was asked for
	another    bool          // the last sign-in asked for another account
}

func newFakeKeeper() *fakeKeeper {
	k := &fakeKeeper{
		visited: make(chan string, 8), ended: make(chan struct{}),
		profiles: map[string]profile.Profile{}, signedIn: map[string]bool{"acme": true, "acme.eu-2": true, "repo": true},
	}
	k.provider = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		k.visited <- r.URL.Query().Get("state")
	}))
	for _, id := range []string{"acme", "out", "silent"} {
		k.profiles[id] = profile.Profile{Version: 1, ID: id, ClientName: strings.ToUpper(id[:1]) + id[1:],
			Issuer: "https://" + id + ".example/", ClientID: "abc"}
	}
	return k
}

func (k *fakeKeeper) Snapshot() account.Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := account.Snapshot{
		Seq: 1, Keychain: account.Keychain{State: account.KeychainReady},
		Agent: account.Agent{Version: "v9", PID: 4711, Kind: account.Headless, Log: "/somewhere/keyfob.log",
			Started: time.Now().Add(-48 * time.Hour)},
	}
	if k.memoryOnly {
		s.Keychain.State = account.KeychainMemoryOnly
	}
	for _, id := range []string{"acme", "batch", "out", "silent", "new"} {
		if p, ok := k.profiles[id]; ok {
			s.Accounts = append(s.Accounts, k.account(p))
		}
	}
	return s
}

func (k *fakeKeeper) account(p profile.Profile) account.Account {
	a := account.Account{ID: p.ID, Name: p.Name(), Issuer: p.Issuer, Host: p.Host(), Status: account.SignedOut}
	switch {
	case p.Grant().NeedsSecret:
		a.Actions = []account.Action{account.ActSetSecret}
		a.Status, a.Problem = account.NeedsSignIn, fault.New(fault.SecretMissing, "id", p.ID)
		a.Machine = &account.Machine{Meter: account.Meter{Today: 1, Month: 12, Reused: 340, Limit: 1000,
			Resets: time.Now().Add(240 * time.Hour)}, Quotas: []account.Quota{{Name: "per_hour", Size: 10, Left: 7}}}
		if k.signedIn[p.ID] {
			a.Status, a.Problem, a.Saved, a.Machine.Lifetime = account.SignedIn, nil, true, 86400
		}
	case p.ID == "silent":
		a.Status = account.SigningIn
		a.Attempt = &account.Attempt{ID: "1", URL: "https://silent.example/authorize?state=statecanary",
			RedirectURI: "http://127.0.0.1:17171/callback"}
	case k.signedIn[p.ID]:
		a.Status, a.Renews, a.Saved = account.SignedIn, true, !k.memoryOnly
		a.Who = &account.Person{Subject: "auth0|1", Name: "Jane Doe", Email: "jane@acme.example"}
		a.Until = time.Now().Add(time.Hour)
		a.Notices = []*fault.Error{fault.New(fault.ScopeReduced, "missing", "read:orders")}
	}
	return a
}

// Watch gives a snapshot that is not ready, as after a start, and then one that is.
func (k *fakeKeeper) Watch(ctx context.Context) <-chan account.Snapshot {
	out := make(chan account.Snapshot)
	go func() {
		defer close(out)
		early := k.Snapshot()
		early.Keychain.State = account.KeychainChecking
		for _, s := range []account.Snapshot{early, k.Snapshot()} {
			select {
			case out <- s:
			case <-ctx.Done():
				return
			}
		}
		<-ctx.Done()
	}()
	return out
}

func (k *fakeKeeper) Raise()                      {}
func (k *fakeKeeper) Known(context.Context) error { return nil }

// find fails as the id says, or where there is no such profile.
func (k *fakeKeeper) find(id string) (profile.Profile, error) {
	if code, ok := strings.CutPrefix(id, "fail-"); ok {
		return profile.Profile{}, fault.New(fault.Code(code), "host", "acme.example")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	p, ok := k.profiles[id]
	if !ok {
		return p, fault.New(fault.ProfileUnknown, "id", id, "known", "acme, out, silent", "nearest", "acme")
	}
	return p, nil
}

func (k *fakeKeeper) Profile(_ context.Context, id string) (profile.Profile, error) {
	return k.find(id)
}

func (k *fakeKeeper) Import(_ context.Context, p profile.Profile, replace bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.profiles[p.ID]; ok && !replace {
		return fault.New(fault.ProfileExists, "id", p.ID)
	}
	k.profiles[p.ID] = p
	return nil
}

func (k *fakeKeeper) Remove(ctx context.Context, id string) (account.SignOutReport, error) {
	report, err := k.SignOut(ctx, id)
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.profiles, id)
	return report, err
}

func (k *fakeKeeper) SignOut(_ context.Context, id string) (account.SignOutReport, error) {
	if _, err := k.find(id); err != nil {
		return account.SignOutReport{}, err
	}
	if id == "silent" { // its provider cannot be reached
		f := fault.New(fault.RevokeFailed, "host", "silent.example")
		return account.SignOutReport{Deleted: true, Problem: f, ValidUntil: time.Now().Add(time.Hour)}, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.signedIn[id] = false
	return account.SignOutReport{Revoked: true, Deleted: true, ValidUntil: time.Now().Add(time.Hour)}, nil
}

// BrowserLogout is a page of every provider but acme's.
func (k *fakeKeeper) BrowserLogout(_ context.Context, id string) (string, error) {
	p, err := k.find(id)
	if err == nil && id == "acme" {
		err = fault.New(fault.NoBrowserLogout, "host", p.Host())
	}
	return k.provider.URL + "/logout?client_id=" + p.ClientID + "&state=" + id, err
}

func (k *fakeKeeper) SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error {
	if _, err := k.find(id); err != nil {
		return err
	}
	k.mu.Lock()
	k.another = another
	locked := k.locked
	k.mu.Unlock()
	if locked {
		return fault.New(fault.KeychainLocked)
	}
	now := time.Now()
	a := account.Attempt{ID: "1", URL: k.provider.URL + "/authorize?state=" + id, Started: now,
		RedirectURI: "http://127.0.0.1:17171/callback", Expires: now.Add(time.Minute)}
	if err := open(a); err != nil {
		return err
	}
	return k.wait(ctx, id)
}

func (k *fakeKeeper) wait(ctx context.Context, id string) error {
	if id == "silent" {
		select {
		case <-k.ended:
			return fault.New(fault.SignInCancelled)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-k.visited:
		k.mu.Lock()
		defer k.mu.Unlock()
		k.signedIn[id] = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *fakeKeeper) Cancel(string) error { close(k.ended); return nil }

func (k *fakeKeeper) Token(_ context.Context, id string, minValid time.Duration) (account.Access, error) {
	if _, err := k.find(id); err != nil {
		return account.Access{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = minValid
	k.times++
	if !k.signedIn[id] {
		return account.Access{}, fault.New(fault.SignInRequired)
	}
	expiry := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	a := account.Access{Token: secret.New(canary), Type: "Bearer", Scope: "openid read:orders", Expiry: expiry}
	if minValid > 10*time.Hour {
		a.Note = fault.New(fault.ShortLived).WithUntil(expiry)
	}
	return a, nil
}

func (k *fakeKeeper) Available(context.Context, string) error { return nil }

func (k *fakeKeeper) TokenInsteadOf(
	ctx context.Context, id string, _ [sha256.Size]byte, minValid time.Duration,
) (account.Access, error) {
	return k.Token(ctx, id, minValid)
}

// SetSecret knows one secret; "offline" cannot be tried.
func (k *fakeKeeper) SetSecret(_ context.Context, id string, s secret.Text, untried bool) error {
	if _, err := k.find(id); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case untried, s.Reveal() == secretCanary:
		k.signedIn[id] = true
		return nil
	case s.Reveal() == "offline-"+secretCanary:
		return fault.New(fault.Offline, "host", "acme.example")
	}
	return fault.New(fault.SecretRefused)
}

func (k *fakeKeeper) ForgetSecret(_ context.Context, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.signedIn[id] = false
	return nil
}

func (k *fakeKeeper) UseMemoryOnly(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.memoryOnly = true
	return nil
}

func (k *fakeKeeper) forgetKeychain(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgotten = true
	return nil
}

func (k *fakeKeeper) RetryKeychain(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.locked = false
	return nil
}

// noGateways are none, and none can be opened.
type noGateways struct{}

func (noGateways) Open(context.Context, string) (account.OpenGateway, error) {
	return account.OpenGateway{}, fault.New(fault.Internal)
}

func (noGateways) Close(string) {}

// newAccess is one without a window to ask in.
func newAccess(folder string) *access.Control {
	return access.New(access.Options{
		Policies: storage.NewFiles(filepath.Join(folder, "access"), ".json"), Ledger: filepath.Join(folder, "handouts.json"),
		Changed: func([]account.Request, []string) {}, Log: slog.New(slog.DiscardHandler),
	})
}

// keepers are the fakes of the scripts that run, by their folder.
var keepers sync.Map

// startFakeAgent starts a real localapi.Server over a fake Keeper where the script's command line looks for it. The
// agent's lock is held for as long as that serves. With "locked" its keychain is locked.
func startFakeAgent(ts *testscript.TestScript, _ bool, args []string) {
	run := filepath.Join(ts.Getenv("XDG_RUNTIME_DIR"), "keyfob")
	ts.Check(os.MkdirAll(run, 0o700))
	state := filepath.Join(ts.Getenv("XDG_STATE_HOME"), "keyfob")
	ts.Check(os.MkdirAll(state, 0o700))
	socket := filepath.Join(run, "agent.sock")
	lock, err := storage.Acquire(filepath.Join(state, "agent.lock"), storage.Holder{PID: os.Getpid(), Socket: socket})
	ts.Check(err)
	listener, err := localapi.Listen(socket)
	ts.Check(err)

	k := newFakeKeeper()
	k.locked = len(args) > 0 && args[0] == "locked"
	keepers.Store(ts.Getenv("WORK"), k)
	ctx, cancel := context.WithCancel(context.Background())
	server := localapi.NewServer(localapi.Options{Keeper: k, Hub: k, Agent: k.Snapshot().Agent, Stop: cancel,
		ForgetKeychain: k.forgetKeychain, Access: newAccess(run), Gateways: noGateways{}})
	done := make(chan error, 1)
	go func() { defer func() { _ = lock.Release() }(); done <- server.Serve(ctx, listener) }()
	ts.Defer(func() {
		cancel()
		if err := <-done; err != nil {
			ts.Logf("the server ended with %v", err)
		}
		k.provider.Close()
	})
}

func keeperOf(ts *testscript.TestScript) *fakeKeeper {
	k, ok := keepers.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no agent was started")
	}
	return k.(*fakeKeeper)
}

// visit is a person who opens the link of a sign-in by themself.
func visit(ts *testscript.TestScript, _ bool, args []string) {
	res, err := http.Get(keeperOf(ts).provider.URL + "/authorize?state=" + args[0])
	ts.Check(err)
	res.Body.Close()
}

// await waits for something that the command line does: "browser" is one that it opened, "cancel" the end of a sign-in,
// "agent" one of its own.
func await(ts *testscript.TestScript, _ bool, args []string) {
	patience := time.After(30 * time.Second)
	if args[0] == "agent" {
		awaitAgent(ts, patience)
		return
	}
	k := keeperOf(ts)
	var visited <-chan string
	var ended <-chan struct{}
	if args[0] == "browser" {
		visited = k.visited
	} else {
		ended = k.ended
	}
	select {
	case <-visited:
	case <-ended:
	case <-patience:
		ts.Fatalf("no %s came", args[0])
	}
}

func awaitAgent(ts *testscript.TestScript, patience <-chan time.Time) {
	client := client.New(filepath.Join(ts.Getenv("XDG_RUNTIME_DIR"), "keyfob", "agent.sock"))
	defer client.Close()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if _, err := client.Version(context.Background()); err == nil {
			return
		}
		select {
		case <-look.C:
		case <-patience:
			ts.Fatalf("no agent came")
		}
	}
}

// shown checks what the fake was asked for: "min-ttl DURATION", "times N", "another", "memory-only", "forgotten".
func shown(ts *testscript.TestScript, neg bool, args []string) {
	k := keeperOf(ts)
	k.mu.Lock()
	defer k.mu.Unlock()
	ok := map[string]bool{
		"another":     k.another,
		"memory-only": k.memoryOnly,
		"forgotten":   k.forgotten,
		"min-ttl":     k.asked.String() == strings.Join(args[1:], ""),
		"times":       strconv.Itoa(k.times) == strings.Join(args[1:], ""),
	}[args[0]]
	if ok == neg {
		ts.Fatalf("another %v, memory only %v, minimum validity %v, %d times", k.another, k.memoryOnly, k.asked, k.times)
	}
}
