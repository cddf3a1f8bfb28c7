package oauthflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// timed hands requests to the provider without a network, and notes when they came.
type timed struct {
	p *provider

	mu    sync.Mutex
	start time.Time
	at    []time.Duration
}

func (t *timed) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	t.at = append(t.at, time.Since(t.start))
	t.mu.Unlock()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	t.p.ServeHTTP(w, r)
	return w.Result(), nil
}

// times are those since the last call.
func (t *timed) times() []time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.at
	t.at, t.start = nil, time.Now()
	return all
}

// onTime runs f on a fake clock, with a provider that knows the refresh tokens r-0 to r-99.
func onTime(t *testing.T, f func(t *testing.T, c *Client, p *provider, s *timed)) {
	t.Helper()
	p := newProvider(t)
	p.tokens = func(m map[string]any) { delete(m, "id_token") }
	for i := range 100 {
		p.refresh[fmt.Sprintf("r-%d", i)] = url.Values{"client_id": {"client-1"}}
	}
	synctest.Test(t, func(t *testing.T) {
		s := &timed{p: p, start: time.Now()}
		f(t, New(Options{Transport: s}), p, s)
	})
}

func (c *Client) refreshes(ctx context.Context, p profile.Profile, token string) error {
	_, err := c.Refresh(ctx, p, Grant{Refresh: secret.New(token), Issuer: p.Issuer}, keepNothing)
	return err
}

// Fifty a second make some providers block an address: whatever is asked for, no second has more than the profile says,
// and nobody waits without need.
func TestTheRateHoldsForEveryRequestToAProvider(t *testing.T) {
	onTime(t, func(t *testing.T, c *Client, p *provider, s *timed) {
		const rate, each = 5, 20
		person, machine := p.profile(), p.machineProfile(profile.AuthPost)
		person.MaxRequestsPerSecond = rate + 0.9
		machine.MaxRequestsPerSecond = rate
		machine.TokenEndpoint = p.server.URL + "/oauth/token"
		var asking sync.WaitGroup
		begin := func(f func(i int) error) {
			for i := range each {
				asking.Go(func() {
					refused := []fault.Code{"", fault.SecretRefused, fault.ClientRefused}
					if err := f(i); !slices.Contains(refused, fault.CodeOf(err)) {
						t.Error(err)
					}
				})
			}
		}
		begin(func(int) error {
			_, err := c.ClientToken(t.Context(), machine, secret.New(clientSecret))
			return err
		})
		synctest.Wait() // the lower number is known
		begin(func(i int) error { return c.refreshes(t.Context(), person, fmt.Sprintf("r-%d", i)) })
		begin(func(i int) error { return c.Revoke(t.Context(), person, secret.New(fmt.Sprintf("r-%d", 50+i))) })
		asking.Wait()
		if documents := p.count("/.well-known/openid-configuration") + p.count("/keys"); documents != 2 ||
			p.count("/oauth/token") != 2*each || p.count("/oauth/revoke") != each {
			t.Errorf("%d documents, %d token requests, %d revocations",
				documents, p.count("/oauth/token"), p.count("/oauth/revoke"))
		}
		for i, at := range s.times() {
			if want := time.Duration(i/rate) * time.Second; at != want {
				t.Fatalf("request %d after %v, want %v", i, at, want)
			}
		}
	})
}

// What a profile says goes with every request that a Client makes for it.
func TestTheRateIsWithEveryRequest(t *testing.T) {
	p := newProvider(t)
	asked := map[string]int{}
	c := New(Options{Now: p.clock.time, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		of, ok := r.Context().Value(allowanceKey{}).(allowance)
		if of.provider != p.profile().Host() || of.rate != 50 {
			t.Errorf("%s goes at any rate: %v %v", r.URL.Path, of, ok)
		}
		asked[r.URL.Path]++
		return http.DefaultTransport.RoundTrip(r)
	})})
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	person, machine := p.profile(), p.machineProfile(profile.AuthPost)
	person.MaxRequestsPerSecond, machine.MaxRequestsPerSecond = 50, 50
	tokens := signedInStory(t, c, person).tokens
	_, _ = c.Refresh(t.Context(), person, grantOf(tokens), keepNothing)
	_ = c.Revoke(t.Context(), person, tokens.Refresh)
	_, _ = c.ClientToken(t.Context(), machine, secret.New(clientSecret))
	machine.TokenEndpoint = p.server.URL + "/oauth/token"
	_ = c.Reach(t.Context(), machine)
	for i, first := range []func() error{ // each on a cache that has nothing
		func() error { return c.Prepare(t.Context(), person) },
		func() error { _, err := c.Discover(t.Context(), person); return err },
		func() error { _, _ = c.LogoutURL(t.Context(), person); return nil },
		func() error { return c.Revoke(t.Context(), person, secret.New("x")) },
	} {
		clear(c.metas)
		clear(c.keys)
		if err := first(); err != nil {
			t.Error(i, err)
		}
	}
	if asked["/oauth/token"] != 3 || asked["/oauth/revoke"] != 2 || asked["/keys"] != 2 || asked["/"] != 1 ||
		asked["/.well-known/openid-configuration"] != 6 {
		t.Error(asked)
	}
}

// Who stops waiting has spent nothing and holds nobody up.
func TestWaitingCanBeCancelledAndSpendsNothing(t *testing.T) {
	onTime(t, func(t *testing.T, c *Client, p *provider, s *timed) {
		person := p.profile()
		person.MaxRequestsPerSecond = 0.1
		if err := c.Prepare(t.Context(), person); err != nil { // the description at once, the keys after ten seconds
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 2)
		go func() { over <- c.refreshes(ctx, person, "r-1") }()
		synctest.Wait()
		go func() { over <- c.refreshes(ctx, person, "r-2") }() // behind the first
		time.Sleep(3 * time.Second)
		s.times()
		cancel()
		synctest.Wait()
		for range 2 {
			select {
			case err := <-over:
				if f := fault.Of(err); f.Code != fault.Offline || f.MaybeSent || !errors.Is(err, context.Canceled) {
					t.Errorf("%v %v", f, f.Args)
				}
			default:
				t.Fatal("still waiting")
			}
		}
		if len(s.times()) != 0 || !p.holds("r-1") || !p.holds("r-2") {
			t.Error("something was sent")
		}
		if err := c.refreshes(t.Context(), person, "r-1"); err != nil { // what was not sent is still good
			t.Error(err)
		}
		if at := s.times(); len(at) != 1 || at[0] != 7*time.Second {
			t.Errorf("after %v", at)
		}
	})
}

func TestTheRateIsTheLowestThatIsSet(t *testing.T) {
	onTime(t, func(t *testing.T, c *Client, p *provider, s *timed) {
		ask := func(profiles ...profile.Profile) (last time.Duration) {
			time.Sleep(10 * time.Second) // what went before is forgotten
			s.times()
			var asking sync.WaitGroup
			for _, of := range profiles {
				asking.Go(func() { _ = c.transport.limits.wait(limited(t.Context(), of)); _, _ = s.RoundTrip(get(p.issuer)) })
				synctest.Wait()
			}
			asking.Wait()
			return slices.Max(s.times())
		}
		one, other := profile.Profile{ID: "one", Issuer: p.issuer}, profile.Profile{ID: "other", Issuer: p.issuer}
		away := profile.Profile{ID: "away", Issuer: "https://elsewhere.example/"}
		if took := ask(slices.Repeat([]profile.Profile{one, other}, 100)...); took != 0 {
			t.Errorf("nobody says anything, and it takes %v", took)
		}
		one.MaxRequestsPerSecond = 2
		if took := ask(one, other, other, away, away, away); took != time.Second {
			t.Errorf("what one says holds for the other: %v", took)
		}
		other.MaxRequestsPerSecond = 0.5
		if took := ask(other, one, one); took != 4*time.Second {
			t.Errorf("the lower number: %v", took)
		}
		other.MaxRequestsPerSecond, one.MaxRequestsPerSecond = 0, 4
		if took := ask(other, one, one, one, one); took != time.Second {
			t.Errorf("a number that was changed: %v", took)
		}
		one.MaxRequestsPerSecond = 0
		machine := profile.Profile{ID: "machine", Issuer: p.issuer, GrantTypes: []string{profile.ClientCredentials}}
		many := slices.Repeat([]profile.Profile{machine}, programRate+1)
		if took := ask(append([]profile.Profile{one}, many...)...); took != time.Second {
			t.Errorf("a program's own account where nothing is said: %v", took)
		}
	})
}

func get(address string) *http.Request {
	req, _ := http.NewRequest(http.MethodGet, address, nil)
	return req
}
