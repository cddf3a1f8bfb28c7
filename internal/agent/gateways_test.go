package agent

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/hub"
	"keyfob/internal/profile"
	"keyfob/internal/session"
	"keyfob/storage"
)

// withAccounts is a Keeper that runs, with one account that has an API and one that has none.
func withAccounts(t *testing.T) *gateways {
	t.Helper()
	dir := t.TempDir()
	h := hub.New(account.Agent{})
	k := session.New(session.Options{
		Memory: storage.NewMemory(), MemoryOnly: true, Profiles: storage.NewFiles(dir, ".json"), Flow: idle{},
	})
	h.Serve(k)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	for _, p := range []profile.Profile{
		{Version: 1, ID: "acme", Issuer: "https://login.example/", ClientID: "abc",
			API: &profile.API{BaseURLs: []string{"https://api.example/v1"}}},
		{Version: 1, ID: "wide", Issuer: "https://login.example/", ClientID: "abc",
			API: &profile.API{BaseURLs: []string{"https://one.example/v1/", "https://two.example", "https://one.example/v1"}}},
		{Version: 1, ID: "bare", Issuer: "https://login.example/", ClientID: "abc"},
	} {
		if err := k.Import(t.Context(), p, false); err != nil {
			t.Fatal(err)
		}
	}
	w := access.New(access.Options{
		Policies: storage.NewFiles(filepath.Join(dir, "access"), ".json"), Ledger: filepath.Join(dir, "l"),
		Changed: h.SetRequests, Log: slog.New(slog.DiscardHandler),
	})
	return &gateways{keeper: k, hub: h, access: w, log: slog.New(slog.DiscardHandler), open: map[string]openGateway{}}
}

// idle is a protocol that nobody needs here.
type idle struct{ session.Flow }

func (idle) Prepare(context.Context, profile.Profile) error { return nil }
func (idle) CloseIdle()                                     {}

// status is what a gateway answers; 0 where nobody listens.
func status(t *testing.T, url, key string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/things", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("any", key)
	req.Close = true
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func TestGatewaysOpenAndClose(t *testing.T) {
	g := withAccounts(t)
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()

	if _, err := g.Open(t.Context(), "bare"); fault.CodeOf(err) != fault.BadUsage {
		t.Errorf("an account without an API: %v", err)
	}
	if _, err := g.Open(t.Context(), "nobody"); fault.CodeOf(err) != fault.ProfileUnknown {
		t.Errorf("no account: %v", err)
	}
	opened, err := g.Open(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := g.hub.Snapshot().Account("acme"); a.GatewayURL != opened.URL {
		t.Errorf("the clients are told %q", a.GatewayURL)
	}
	if got := status(t, opened.URL, "wrong"); got != http.StatusUnauthorized {
		t.Errorf("without its key: %d", got)
	}
	if got := status(t, opened.URL, opened.Key.Reveal()); got != http.StatusUnauthorized && got != http.StatusBadGateway {
		t.Errorf("nobody is signed in: %d", got)
	}
	again, err := g.Open(t.Context(), "acme")
	if err != nil || again.Key.Equal(opened.Key) {
		t.Fatalf("opened again: %v", err)
	}
	g.Close("acme")
	g.Close("acme")
	if a, _ := g.hub.Snapshot().Account("acme"); a.GatewayURL != "" {
		t.Errorf("the clients are told %q", a.GatewayURL)
	}
	last, err := g.Open(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	end()
	<-ran
	for _, closed := range []account.OpenGateway{opened, again, last} {
		if got := status(t, closed.URL, closed.Key.Reveal()); got != 0 {
			t.Errorf("it is still open: %d", got)
		}
	}
	if _, err := g.Open(t.Context(), "acme"); fault.CodeOf(err) != fault.NoAgent {
		t.Errorf("opened after the end: %v", err)
	}
}

// All addresses of a gateway open with it, have its key, and close with it: when it is closed, when another takes its
// place, and at the end.
func TestAGatewayHasAnAddressForEachBaseURL(t *testing.T) {
	g := withAccounts(t)
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()

	var closed []account.OpenGateway
	for _, ends := range []func(){func() { g.Close("wide") }, func() {}, end} {
		opened, err := g.Open(t.Context(), "wide")
		if err != nil {
			t.Fatal(err)
		}
		if at := opened.Addresses; len(at) != 2 || at[0].URL != opened.URL || at[0].API != "https://one.example/v1" ||
			at[1].URL == opened.URL || at[1].API != "https://two.example" {
			t.Fatalf("%+v", opened)
		}
		if a, _ := g.hub.Snapshot().Account("wide"); a.GatewayURL != opened.URL {
			t.Errorf("the clients are told %q", a.GatewayURL)
		}
		for _, at := range opened.Addresses {
			if got := status(t, at.URL, "wrong"); got != http.StatusUnauthorized {
				t.Errorf("%s without its key: %d", at.URL, got)
			}
			if got := status(t, at.URL, opened.Key.Reveal()); got != http.StatusBadGateway {
				t.Errorf("%s, where nobody is signed in: %d", at.URL, got)
			}
		}
		ends()
		closed = append(closed, opened)
	}
	<-ran
	for _, opened := range closed {
		for _, at := range opened.Addresses {
			if got := status(t, at.URL, opened.Key.Reveal()); got != 0 {
				t.Errorf("%s is open after the end: %d", at.URL, got)
			}
		}
	}
}
