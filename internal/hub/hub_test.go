package hub

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"keyfob/internal/account"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeAccounts is one account, which publishes with its own lock held, as the Keeper does.
type fakeAccounts struct {
	mu      sync.Mutex
	known   chan struct{}
	changed func()
	status  account.Status
}

func (f *fakeAccounts) Known(ctx context.Context) error {
	select {
	case <-f.known:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fakeAccounts) Accounts() ([]account.Account, account.Keychain) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []account.Account{{ID: "acme", Status: f.status}, {ID: "beta"}}, account.Keychain{State: account.KeychainReady}
}

func (f *fakeAccounts) become(s account.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status = s
	f.changed()
}

// inHub runs test with a hub whose accounts are known.
func inHub(t *testing.T, test func(t *testing.T, h *Hub, f *fakeAccounts)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := New(account.Agent{PID: 7, Kind: account.Desktop})
		f := &fakeAccounts{known: make(chan struct{}), changed: h.Changed}
		close(f.known)
		h.Serve(f)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Run(ctx) }()
		test(t, h, f)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestWatchBeginsWithNowAndEndsWithItsContext(t *testing.T) {
	inHub(t, func(t *testing.T, h *Hub, _ *fakeAccounts) {
		ctx, leave := context.WithCancel(t.Context())
		seen := h.Watch(ctx)
		first := <-seen
		if len(first.Accounts) != 2 || first.Seq != h.Snapshot().Seq {
			t.Fatalf("%+v", first)
		}
		synctest.Wait()
		select {
		case s := <-seen:
			t.Fatalf("nothing changed, and yet %+v", s)
		default:
		}
		h.Raise()
		if s := <-seen; s.Raise != first.Raise+1 || s.Seq <= first.Seq {
			t.Fatalf("%+v after %+v", s, first)
		}
		leave()
		synctest.Wait()
		if _, open := <-seen; open {
			t.Fatal("the channel is open although its context ended")
		}
		if h.mu.Lock(); len(h.watchers) != 0 {
			t.Error("the watcher is still known")
		}
		h.mu.Unlock()
	})
}

func TestASlowWatcherHoldsUpNobodyAndGetsTheLatest(t *testing.T) {
	inHub(t, func(t *testing.T, h *Hub, _ *fakeAccounts) {
		seen := h.Watch(t.Context())
		synctest.Wait()
		for range 1000 {
			h.Raise()
		}
		synctest.Wait()
		if s := <-seen; s.Raise != 1000 {
			t.Fatalf("the first look shows %d of 1000", s.Raise)
		}
	})
}

func TestWatchWaitsUntilTheAccountsAreKnown(t *testing.T) {
	inHub(t, func(t *testing.T, h *Hub, f *fakeAccounts) {
		f.known = make(chan struct{})
		seen := h.Watch(t.Context())
		synctest.Wait()
		select {
		case s := <-seen:
			t.Fatalf("an empty window for a moment: %+v", s)
		default:
		}
		close(f.known)
		if s := <-seen; len(s.Accounts) != 2 {
			t.Fatalf("%+v", s)
		}
	})
}

func TestWatchEndsWithTheHub(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(account.Agent{})
		f := &fakeAccounts{known: make(chan struct{})}
		close(f.known)
		h.Serve(f)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- h.Run(ctx) }()
		seen := h.Watch(t.Context())
		<-seen
		cancel()
		if err := errors.Join(<-done); err != nil {
			t.Error(err)
		}
		for range seen { // what was still to be said
		}
		if _, open := <-h.Watch(t.Context()); open {
			t.Fatal("a hub that has ended has something to say")
		}
	})
}

func TestTheTrayIsKnown(t *testing.T) {
	inHub(t, func(t *testing.T, h *Hub, _ *fakeAccounts) {
		h.SetTray(true)
		seq := h.Snapshot().Seq
		h.SetTray(true)
		s := h.Snapshot()
		if !s.Agent.Tray || s.Agent.PID != 7 || s.Seq != seq {
			t.Fatalf("%+v", s)
		}
	})
}

func TestASnapshotHasWhatEveryPublisherSaid(t *testing.T) {
	inHub(t, func(t *testing.T, h *Hub, f *fakeAccounts) {
		h.SetRequests([]account.Request{{ID: "1", Account: "beta"}}, []string{"beta"})
		h.SetGateways(map[string]string{"acme": "http://127.0.0.1:1"})
		f.become(account.SignedIn)
		s := h.Snapshot()
		acme, _ := s.Account("acme")
		beta, _ := s.Account("beta")
		switch {
		case acme.Status != account.SignedIn, acme.GatewayURL != "http://127.0.0.1:1", acme.AskFirst,
			beta.GatewayURL != "", !beta.AskFirst, len(s.Requests) != 1, s.Keychain.State != account.KeychainReady, s.Seq != 3:
			t.Fatalf("%+v", s)
		}
	})
}

// A publisher holds its lock while it calls Changed, and is asked under that lock. The race detector and synctest (no
// deadlock) are the judges; the last change is always seen.
func TestPublishersAndWatchersAtOnce(t *testing.T) {
	inHub(t, func(t *testing.T, h *Hub, f *fakeAccounts) {
		ctx, cancel := context.WithCancel(t.Context())
		last := make(chan account.Status, 1)
		seen := h.Watch(ctx)
		go func() {
			var s account.Snapshot
			for s = range seen {
			}
			last <- s.Accounts[0].Status
		}()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 200 {
					f.become(account.Renewing)
					h.SetTray(true)
					_ = h.Snapshot()
				}
			})
		}
		all.Wait()
		f.become(account.SignedIn)
		synctest.Wait()
		cancel()
		if s := <-last; s != account.SignedIn {
			t.Fatalf("the last that was seen is %s", s)
		}
	})
}
