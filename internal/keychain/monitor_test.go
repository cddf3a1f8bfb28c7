package keychain

import (
	"context"
	"io/fs"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeSystem is a keychain, or a memory, that answers err to everything.
type fakeSystem struct {
	kept   map[string]string
	err    error
	probes int
	loads  int
}

func newSystem() *fakeSystem { return &fakeSystem{kept: map[string]string{}} }

func (s *fakeSystem) Load(_ context.Context, key string) ([]byte, error) {
	s.loads++
	if s.err != nil {
		return nil, s.err
	}
	if data, ok := s.kept[key]; ok {
		return []byte(data), nil
	}
	return nil, fs.ErrNotExist
}

func (s *fakeSystem) Save(_ context.Context, key string, data []byte) error {
	if s.err == nil {
		s.kept[key] = string(data)
	}
	return s.err
}

func (s *fakeSystem) Delete(_ context.Context, key string) error {
	if _, ok := s.kept[key]; !ok && s.err == nil {
		return fs.ErrNotExist
	}
	delete(s.kept, key)
	return s.err
}

func (s *fakeSystem) LoadMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, key := range keys {
		if data, err := s.Load(ctx, key); err == nil {
			found[key] = data
		}
	}
	return found, s.err
}

func (s *fakeSystem) Probe(context.Context) error {
	s.probes++
	return s.err
}

// lab is a Monitor with all that is around it.
type lab struct {
	*Monitor
	t              *testing.T
	system, memory *fakeSystem
	now            time.Time
	changes        int
}

func newLab(t *testing.T, memoryOnly bool) *lab {
	t.Helper()
	l := &lab{t: t, now: time.Now(), system: newSystem(), memory: newSystem()}
	l.Monitor = New(Options{
		System: l.system, Memory: l.memory, MemoryOnly: memoryOnly, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return l.now }, Rand: func() float64 { return 0 }, Changed: func() { l.changes++ },
	})
	return l
}

// look is what whoever uses a Monitor does when it is due.
func (l *lab) look() { l.Looked(l.Probe(l.t.Context())) }

func (l *lab) want(s account.KeychainState, problem fault.Code) {
	l.t.Helper()
	if got := l.State(); got.State != s || fault.CodeOf(l.Problem()) != problem {
		l.t.Fatalf("%+v, want %s with %q", got, s, problem)
	}
}

func (l *lab) known() bool {
	select {
	case <-l.Probed():
		return true
	default:
		return false
	}
}

func TestNothingIsKnownBeforeTheFirstLook(t *testing.T) {
	l := newLab(t, false)
	l.system.err = fault.New(fault.KeychainLocked)
	_, _ = l.Load(t.Context(), "a") // the look will say why
	l.want(account.KeychainChecking, "")
	if l.known() || l.Due(l.now) != clock.Forever {
		t.Fatal("it says that it knows")
	}
	l.look()
	l.want(account.KeychainUnusable, fault.KeychainLocked)
	if !l.known() || l.changes != 1 {
		t.Fatalf("%d changes", l.changes)
	}
}

func TestLooksComeMoreSeldomUntilOneGoesWell(t *testing.T) {
	l := newLab(t, false)
	l.system.err = fault.New(fault.KeychainMissing)
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		l.look()
		wait := l.Due(l.now)
		if wait != want*time.Minute {
			t.Fatalf("the next look is in %v, want %d minutes", wait, want)
		}
		l.now = l.now.Add(wait)
		if l.Due(l.now) != 0 || l.Due(l.now) != clock.Forever {
			t.Fatal("a look is due once")
		}
	}
	l.system.err = nil
	l.look()
	l.want(account.KeychainReady, "")
	if err := l.ReadWell(); err != nil {
		t.Fatal(err)
	}
	l.system.err = fault.New(fault.KeychainSlow)
	l.look()
	if wait := l.Due(l.now); wait != time.Minute {
		t.Fatalf("it begins anew with %v", wait)
	}
	if fault.CodeOf(l.ReadWell()) != fault.KeychainSlow {
		t.Fatal("it has not read well")
	}
}

func TestEveryOperationTellsHowItIs(t *testing.T) {
	l := newLab(t, false)
	l.look()
	ctx := t.Context()
	for name, operation := range map[string]func() error{
		"load":   func() error { _, err := l.Load(ctx, "a"); return err },
		"save":   func() error { return l.Save(ctx, "a", []byte("x")) },
		"delete": func() error { return l.Delete(ctx, "a") },
	} {
		l.system.err = fault.New(fault.KeychainDenied)
		if err := operation(); fault.CodeOf(err) != fault.KeychainDenied {
			t.Fatalf("%s: %v", name, err)
		}
		l.want(account.KeychainUnusable, fault.KeychainDenied)
		l.system.err = nil
		if err := l.Save(ctx, "a", []byte("x")); err != nil {
			t.Fatal(name, err)
		}
		l.want(account.KeychainReady, "")
		if l.Due(l.now) != 0 {
			t.Fatalf("%s: what could not be read before is not read now", name)
		}
	}
	if err := l.Delete(ctx, "nothing"); err != nil {
		t.Fatal("what is not there is deleted:", err)
	}
}

func TestSomeErrorsAreNotTheKeychains(t *testing.T) {
	l := newLab(t, false)
	l.look()
	for _, err := range []error{fault.New(fault.SecretTooLarge), fault.New(fault.DiskTrouble), context.Canceled} {
		l.system.err = err
		_ = l.Save(t.Context(), "a", nil)
		l.want(account.KeychainReady, "")
	}
}

func TestUsable(t *testing.T) {
	l := newLab(t, false)
	l.look()
	if !l.Usable(t.Context()) {
		t.Fatal("it works")
	}
	l.system.err = fault.New(fault.KeychainLocked)
	if l.Usable(t.Context()) {
		t.Fatal("it is locked")
	}
	l.want(account.KeychainUnusable, fault.KeychainLocked)
	if probes := l.system.probes; l.Usable(t.Context()) || l.system.probes != probes {
		t.Fatal("one that does not work is asked each time")
	}
}

func TestWhoeverWaitsHurriesTheNextLookButNotOften(t *testing.T) {
	l := newLab(t, false)
	l.system.err = fault.New(fault.KeychainLocked)
	l.look()
	if l.Hurry(l.now) || l.Hurry(l.now.Add(hurrySpacing-1)) {
		t.Fatal("too soon")
	}
	l.now = l.now.Add(hurrySpacing)
	if !l.Hurry(l.now) || l.Hurry(l.now) || l.Due(l.now) != 0 {
		t.Fatal("once, and at once")
	}
}

func TestMemoryOnlyIsAChoiceWhereTheKeychainFails(t *testing.T) {
	ctx := t.Context()
	l := newLab(t, false)
	l.look()
	if l.Forgo() {
		t.Fatal("it works")
	}
	_ = l.Save(ctx, "a", []byte("in the keychain"))
	l.system.err = fault.New(fault.KeychainLocked)
	l.look()
	if !l.Forgo() || !l.MemoryOnly() || l.Due(l.now) != clock.Forever {
		t.Fatalf("%+v", l.State())
	}
	_ = l.Save(ctx, "a", []byte("in memory"))
	data, err := l.Load(ctx, "a")
	if err != nil || string(data) != "in memory" || l.system.kept["a"] != "in the keychain" {
		t.Fatalf("%q, %v; the keychain holds %q", data, err, l.system.kept)
	}
	l.look()
	l.want(account.KeychainMemoryOnly, "") // the choice stands
	l.system.err = nil
	if err := l.DeleteFromSystem(ctx, "a"); err != nil || len(l.system.kept) != 0 || len(l.memory.kept) != 1 {
		t.Fatalf("%v; the keychain holds %q", err, l.system.kept)
	}
	l.look()
	l.want(account.KeychainReady, "")
}

func TestMemoryOnlyFromTheStart(t *testing.T) {
	l := newLab(t, true)
	if !l.known() || !l.MemoryOnly() {
		t.Fatalf("%+v", l.State())
	}
	if err := l.Save(t.Context(), "a", nil); err != nil || len(l.memory.kept) != 1 || l.system.probes != 0 {
		t.Fatalf("%v, %q", err, l.memory.kept)
	}
}

func TestLoadAhead(t *testing.T) {
	l := newLab(t, false)
	l.look()
	_ = l.Save(t.Context(), "a", []byte("x"))
	load := l.LoadAhead(t.Context(), []string{"a", "b"})
	l.system.kept["a"] = "y"
	if data, err := load(t.Context(), "a"); err != nil || string(data) != "x" {
		t.Fatalf("%q, %v", data, err)
	}
	if _, err := load(t.Context(), "b"); err != fs.ErrNotExist {
		t.Fatal(err)
	}
	l.system.err = fault.New(fault.KeychainSlow)
	load = l.LoadAhead(t.Context(), []string{"a"})
	if _, err := load(t.Context(), "a"); fault.CodeOf(err) != fault.KeychainSlow {
		t.Fatal("each has its own answer:", err)
	}
}

// TestF40WhoSaysNoToAllIsNotAskedForEach: one question was asked for all keys.
func TestF40WhoSaysNoToAllIsNotAskedForEach(t *testing.T) {
	for code, again := range map[fault.Code]bool{
		fault.KeychainDenied: false, fault.KeychainSlow: false, fault.KeychainLocked: true, fault.KeychainFailed: true,
	} {
		l := newLab(t, false)
		l.look()
		l.system.err = fault.New(code)
		load := l.LoadAhead(t.Context(), nil)
		for range 2 {
			if _, err := load(t.Context(), "a"); fault.CodeOf(err) != code {
				t.Errorf("%s: %v", code, err)
			}
		}
		if asked := l.system.loads > 0; asked != again {
			t.Errorf("%s: each is asked for: %v", code, asked)
		}
		l.want(account.KeychainUnusable, code)
	}
}
