package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/hub"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/slots"
	"keyfob/internal/words/wordstest"
	"keyfob/oauthflow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	issuer   = "https://acme.eu.auth0.com/"
	endpoint = issuer + "oauth/token"
)

// fakeFlow is a provider with rotation: each refresh token works once. Its fields are set before the Keeper runs, or
// under change.
type fakeFlow struct {
	mu       sync.Mutex
	lifetime time.Duration
	latency  time.Duration // of every request, in the bubble's time
	rotates  bool
	oneTime  bool // no refresh tokens
	forgives bool // an old refresh token is refused, and no more
	subject  string
	err      error // what every request answers
	refuse   error // what only Refresh answers
	spoil    error // what Refresh answers after a new refresh token came with it
	lose     int   // so many answers of Refresh get lost
	acts     bool  // on the requests whose answers get lost, too
	skew     time.Duration
	notices  []*fault.Error
	hang     bool // Refresh waits for its context
	deaf     bool // SignIn does not

	issued    int // tokens given so far
	current   string
	reuses    int
	prepares  []string
	refreshes []string // the tokens that were sent
	revoked   []string
	revokes   int // requests to revoke
	signIns   int
	secret    string   // of a machine
	fetches   []string // the secrets that came
	fetching  int      // requests with one now
	crowd     int      // the most of them at once
	quotas    []account.Quota
	seen      func(p profile.Profile, s secret.Text, err error) // sees every request with a secret, and its answer
	idles     int
	order     []string // "refresh" and "idle", as they came
	another   bool
	callback  chan error // SignIn waits for it; nil error: somebody came back
	now       func() time.Time
}

func newFlow() *fakeFlow {
	return &fakeFlow{
		lifetime: time.Hour, rotates: true, subject: "ada", callback: make(chan error), now: time.Now,
		latency: 10 * time.Millisecond,
	}
}

// change alters the provider's manners while it runs.
func (f *fakeFlow) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how()
}

func (f *fakeFlow) Prepare(ctx context.Context, p profile.Profile) error {
	f.mu.Lock()
	f.prepares = append(f.prepares, p.ID)
	err := f.err
	f.mu.Unlock()
	if e := f.travel(ctx); e != nil {
		return e
	}
	return err
}

func (f *fakeFlow) travel(ctx context.Context) error {
	select {
	case <-time.After(f.latency):
		return nil
	case <-ctx.Done():
		return fault.New(fault.Offline).Because(context.Cause(ctx))
	}
}

func (f *fakeFlow) SignIn(
	ctx context.Context, p profile.Profile, o oauthflow.SignInOptions, open func(account.Attempt) error,
) (*oauthflow.Tokens, error) {
	f.mu.Lock()
	f.signIns++
	f.another = o.AnotherAccount
	info := account.Attempt{
		ID: fmt.Sprint(f.signIns), URL: issuer + "authorize", RedirectURI: p.Redirects()[0], Started: f.now(),
	}
	if f.deaf {
		ctx = context.WithoutCancel(ctx)
	}
	f.mu.Unlock()
	if err := open(info); err != nil {
		return nil, err
	}
	select {
	case err := <-f.callback:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		return nil, fault.New(fault.SignInCancelled).Because(ctx.Err())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current = ""
	return f.tokens("nonce"), nil
}

// tokens gives new tokens. f.mu is held.
func (f *fakeFlow) tokens(nonce string) *oauthflow.Tokens {
	f.issued++
	if f.current == "" || f.rotates {
		f.current = fmt.Sprintf("refresh-%d", f.issued)
	}
	if f.oneTime {
		f.current = ""
	}
	now := f.now().Round(0)
	return &oauthflow.Tokens{
		Access: secret.New(fmt.Sprintf("access-%d", f.issued)), Type: "Bearer",
		Issued: now, Expiry: now.Add(f.lifetime), Refresh: secret.New(f.current), Scope: "openid",
		Identity: oauthflow.Identity{Subject: f.subject, Name: strings.ToUpper(f.subject), Audience: "client"},
		Nonce:    secret.New(nonce), Issuer: issuer, TokenEndpoint: endpoint, Skew: f.skew, Notices: f.notices,
	}
}

func (f *fakeFlow) Refresh(
	ctx context.Context, _ profile.Profile, g oauthflow.Grant, keep func(context.Context, secret.Text) error,
) (*oauthflow.Tokens, error) {
	f.mu.Lock()
	f.refreshes = append(f.refreshes, g.Refresh.Reveal())
	f.order = append(f.order, "refresh")
	err, hang := errors.Join(f.err, f.refuse), f.hang
	f.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, lostAnswer().Because(context.Cause(ctx))
	}
	if e := f.travel(ctx); e != nil { // cut off on its way
		return nil, lostAnswer().Because(e)
	}
	if err != nil {
		return nil, err
	}
	lost := f.lost()
	if lost && !f.acts {
		return nil, lostAnswer()
	}
	t, spoil, err := f.answer(g)
	if lost {
		return nil, lostAnswer()
	}
	if err != nil {
		return nil, err
	}
	if !t.Refresh.Equal(g.Refresh) {
		if err := keep(ctx, t.Refresh); err != nil {
			return nil, err
		}
	}
	if spoil != nil {
		return nil, spoil
	}
	return t, nil
}

// lost tells whether this answer gets lost.
func (f *fakeFlow) lost() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lose == 0 {
		return false
	}
	f.lose--
	return true
}

func lostAnswer() *fault.Error {
	return fault.New(fault.Offline, "host", "acme.eu.auth0.com").WithMaybeSent()
}

func (f *fakeFlow) answer(g oauthflow.Grant) (t *oauthflow.Tokens, spoil, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if g.Refresh.Reveal() != f.current {
		f.reuses++
		if !f.forgives {
			f.current = "family revoked"
		}
		return nil, nil, fault.New(fault.SignInRequired, "said", "Unknown or invalid refresh token.")
	}
	return f.tokens(g.Nonce.Reveal()), f.spoil, nil
}

func (f *fakeFlow) Revoke(ctx context.Context, _ profile.Profile, refresh secret.Text) error {
	f.change(func() { f.revokes++ })
	if e := f.travel(ctx); e != nil {
		return e
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	f.revoked = append(f.revoked, refresh.Reveal())
	return nil
}

// ClientToken knows one secret, and counts who asks with which.
func (f *fakeFlow) ClientToken(
	ctx context.Context, p profile.Profile, s secret.Text,
) (t *oauthflow.Tokens, err error) {
	if f.seen != nil {
		defer func() { f.seen(p, s, err) }()
	}
	f.change(func() { f.fetching++; f.fetches = append(f.fetches, s.Reveal()); f.crowd = max(f.crowd, f.fetching) })
	defer f.change(func() { f.fetching-- })
	if e := f.travel(ctx); e != nil {
		return nil, lostAnswer().Because(e)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.lose > 0:
		f.lose--
		return nil, lostAnswer()
	case f.err != nil:
		return nil, f.err
	case s.Reveal() != f.secret:
		return nil, fault.New(fault.SecretRefused, "error", "invalid_client")
	}
	f.issued++
	now := f.now().Round(0)
	return &oauthflow.Tokens{
		Access: secret.New(fmt.Sprintf("access-%d", f.issued)), Type: "Bearer", Issued: now, Expiry: now.Add(f.lifetime),
		Scope: p.Scope, Issuer: issuer, TokenEndpoint: endpoint, Quotas: f.quotas,
	}, nil
}

// fetched is with which secrets tokens were asked for.
func (f *fakeFlow) fetched() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.fetches)
}

func (f *fakeFlow) CloseIdle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idles++
	f.order = append(f.order, "idle")
}

func (f *fakeFlow) sent() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.refreshes)
}

// newest is the refresh token that the provider accepts now, and reused how often it was sent an old one.
func (f *fakeFlow) newest() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

func (f *fakeFlow) reused() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reuses
}

func (f *fakeFlow) prepared() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.prepares)
}

func (f *fakeFlow) gone() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.revoked)
}

// fakeStore is a Store and a Keychain that can be told to fail.
type fakeStore struct {
	mu    sync.Mutex
	kept  map[string]string
	saves int
	now   int // operations under way

	together int // how often many were loaded at once
	// fail is asked before each operation ("probe", "load", "save", "delete"); an error is the answer.
	fail func(op, key string) error
	// late is asked after a write; an error is the answer although it was made.
	late func() error
	ctx  func(context.Context) // sees every operation's context
	// wait makes every operation take its time.
	wait time.Duration
}

func newStore() *fakeStore { return &fakeStore{kept: map[string]string{}} }

func (s *fakeStore) begin(ctx context.Context, op, key string) error {
	s.mu.Lock()
	wait, fail := s.wait, s.fail
	s.now++
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}()
	if s.ctx != nil {
		s.ctx(ctx)
	}
	s.mu.Unlock()
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fault.New(fault.KeychainSlow).Because(ctx.Err())
		}
	}
	if fail != nil {
		return fail(op, key)
	}
	return ctx.Err()
}

func (s *fakeStore) busy() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *fakeStore) Probe(ctx context.Context) error { return s.begin(ctx, "probe", "") }

func (s *fakeStore) LoadMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	s.mu.Lock()
	s.together++
	s.mu.Unlock()
	return loadMany(ctx, keys, s.Load)
}

// loadMany is one load after the other, as a keychain's child does it.
func loadMany(ctx context.Context, keys []string, load slots.Loader) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, key := range keys {
		data, err := load(ctx, key)
		switch {
		case err == nil:
			found[key] = data
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return found, nil
}

func (s *fakeStore) Load(ctx context.Context, key string) ([]byte, error) {
	if err := s.begin(ctx, "load", key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if data, ok := s.kept[key]; ok {
		return []byte(data), nil
	}
	return nil, fs.ErrNotExist
}

func (s *fakeStore) Save(ctx context.Context, key string, data []byte) error {
	if err := s.begin(ctx, "save", key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.saves++
	s.kept[key] = string(data)
	if s.late != nil {
		return s.late()
	}
	return nil
}

func (s *fakeStore) Delete(ctx context.Context, key string) error {
	if err := s.begin(ctx, "delete", key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.kept[key]; !ok {
		return fs.ErrNotExist
	}
	delete(s.kept, key)
	return nil
}

func (s *fakeStore) List(ctx context.Context) ([]string, error) {
	if err := s.begin(ctx, "list", ""); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for id := range s.kept {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

func (s *fakeStore) keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for k := range s.kept {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// failing sets what fails from now on; nil: nothing.
func (s *fakeStore) failing(fail func(op, key string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// always makes every operation of the given kinds fail with a code; of no kind, all.
func (s *fakeStore) always(code fault.Code, ops ...string) {
	s.failing(func(op, _ string) error {
		if len(ops) == 0 || slices.Contains(ops, op) {
			return fault.New(code)
		}
		return nil
	})
}

// refreshToken is what a slot holds.
func (s *fakeStore) refreshToken(t *testing.T, key string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.kept[key]
	if !ok {
		return ""
	}
	r, err := parseRecord([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return r.refresh.Reveal()
}

// world is a Keeper with everything around it. It lives in a synctest bubble.
type world struct {
	t        *testing.T
	flow     *fakeFlow
	keychain *fakeStore
	memory   *fakeStore
	profiles *fakeStore
	options  Options
	keeper   *Keeper
	hub      *hub.Hub
	stop     func()
	slept    atomic.Int64 // nanoseconds that the wall clock is ahead of the timers
	began    time.Time    // when the world got two clocks; zero: it has one
	moved    atomic.Int64 // seconds that somebody set the wall clock of the two forward
	jitter   float64
}

// inWorld runs test in a bubble, with a world whose Keeper is not running yet.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, flow: newFlow(), keychain: newStore(), memory: newStore(), profiles: newStore(), jitter: 0.5}
		w.flow.now = w.now
		w.addProfile("acme")
		defer func() {
			if w.stop != nil {
				w.stop()
			}
		}()
		test(t, w)
	})
}

// now is the wall clock: time.Now, and what the machine slept.
func (w *world) now() time.Time {
	if !w.began.IsZero() {
		return setForward(realNow.Add(time.Since(w.began)), w.moved.Load())
	}
	if slept := w.slept.Load(); slept != 0 {
		return time.Now().Round(0).Add(time.Duration(slept))
	}
	return time.Now()
}

// sleeps has the machine sleep: the wall clock goes on, timers do not.
func (w *world) sleeps(d time.Duration) { w.slept.Add(int64(d)) }

func acme(id string) profile.Profile {
	return profile.Profile{Version: 1, ID: id, ClientName: "Acme " + id, Issuer: issuer, ClientID: "client"}
}

func (w *world) addProfile(id string) {
	data, err := acme(id).Marshal()
	if err != nil {
		w.t.Fatal(err)
	}
	w.profiles.kept[id] = string(data)
}

// run starts a Keeper, waits until it has nothing to do at once, and returns it.
func (w *world) run() *Keeper {
	w.t.Helper()
	k := w.begin()
	synctest.Wait()
	return k
}

// begin starts a Keeper in place of the one before.
func (w *world) begin() *Keeper {
	w.t.Helper()
	if w.stop != nil {
		w.stop()
	}
	o := w.options
	o.Flow, o.Keychain, o.Memory, o.Profiles = w.flow, w.keychain, w.memory, w.profiles
	o.Now = w.now
	if o.Rand == nil {
		o.Rand = func() float64 { return w.jitter }
	}
	h := hub.New(account.Agent{})
	o.Changed = h.Changed
	k := New(o)
	h.Serve(k)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 2)
	go func() { done <- k.Run(ctx) }()
	go func() { done <- h.Run(ctx) }()
	w.keeper, w.hub = k, h
	w.stop = func() {
		cancel()
		if err := errors.Join(<-done, <-done); err != nil {
			w.t.Errorf("Run: %v", err)
		}
		w.stop = nil
	}
	return k
}

// signIn signs in, with a person who comes back from the browser at once.
func (w *world) signIn(id string) {
	w.t.Helper()
	if err := w.trySignIn(id, false); err != nil {
		w.t.Fatal("sign-in:", err)
	}
	synctest.Wait()
}

func (w *world) trySignIn(id string, another bool) error {
	done := make(chan error, 1)
	go func() {
		done <- w.keeper.SignIn(w.t.Context(), id, another, func(account.Attempt) error { return nil })
	}()
	select {
	case w.flow.callback <- nil:
		return <-done
	case err := <-done:
		return err
	}
}

func (w *world) account(id string) account.Account {
	w.t.Helper()
	a, ok := w.hub.Snapshot().Account(id)
	if !ok {
		w.t.Fatalf("no account %q", id)
	}
	if want := wordstest.WithActions(a).Actions; !slices.Equal(a.Actions, want) {
		w.t.Fatalf("%s: %q can be done, want %q", a.Status, a.Actions, want)
	}
	return a
}

func (w *world) wantStatus(want account.Status) account.Account {
	w.t.Helper()
	a := w.account("acme")
	if a.Status != want {
		w.t.Fatalf("status is %s (problem: %v), want %s", a.Status, a.Problem, want)
	}
	return a
}

// record is what memory holds of the session.
func (w *world) record() record {
	w.keeper.mu.Lock()
	defer w.keeper.mu.Unlock()
	s := w.keeper.entries["acme"].holding.(*person).session
	r := s.record
	r.refresh = s.newest()
	return r
}

// keeps puts something into the keychain behind the Keeper's back.
func (s *fakeStore) keeps(t *testing.T, slot string, r record) {
	t.Helper()
	data, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[slot] = string(data)
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("error is %q (%v), want %q", got, err, want)
	}
}

// token asks for a token and fails the test if none comes.
func (w *world) token(minValid time.Duration) account.Access {
	w.t.Helper()
	a, err := w.keeper.Token(w.t.Context(), "acme", minValid)
	if err != nil {
		w.t.Fatal("token:", err)
	}
	return a
}

// later lets time pass.
func later(d time.Duration) {
	time.Sleep(d) // in a bubble: no time at all
	synctest.Wait()
}

// atWork counts the goroutines that run code of this package. (runtime.NumGoroutine also counts those that have done so
// and are about to vanish.)
func atWork() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	n := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		stack, _, _ = strings.Cut(stack, "\ncreated by ")
		if strings.Contains(stack, "keyfob/internal/session.") {
			n++
		}
	}
	return n
}

func secretOf(s string) secret.Text { return secret.New(s) }

func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
