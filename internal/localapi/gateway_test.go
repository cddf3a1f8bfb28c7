package localapi

import (
	"strings"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func TestAGatewayIsOpenedAndClosedThroughTheClient(t *testing.T) {
	g := &fakeGateways{}
	c := serve(t, Options{Keeper: newFakeKeeper(), Gateways: g})
	opened, err := c.OpenGateway(t.Context(), "rhythm")
	if err != nil || opened.Key.Reveal() != "key-canary" || !strings.HasPrefix(opened.URL, "http://127.0.0.1:") ||
		len(opened.Addresses) != 2 || opened.Addresses[1].URL != "http://127.0.0.1:2" ||
		opened.Addresses[1].API != "https://two.example" {
		t.Fatalf("%+v %v", opened, err)
	}
	for name, ends := range map[string]func() error{
		"close":  func() error { return c.CloseGateway(t.Context(), "rhythm") },
		"import": func() error { return c.Import(t.Context(), []byte(profileFile), true) },
		"remove": func() error { _, err := c.Remove(t.Context(), "rhythm"); return err },
	} {
		if _, err := c.OpenGateway(t.Context(), "rhythm"); err != nil || !g.isOpen("rhythm") {
			t.Fatal(err)
		}
		if err := ends(); err != nil || g.isOpen("rhythm") {
			t.Errorf("%s leaves it open: %v", name, err)
		}
	}
}

// TestA53AGatewayIsNoWayAroundThePerson: its key is as good as a token.
func TestA53AGatewayIsNoWayAroundThePerson(t *testing.T) {
	g := &fakeGateways{}
	w := newAccess(t, nil)
	c := serve(t, Options{Keeper: newFakeKeeper(), Access: w, Gateways: g})
	if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
		t.Fatal(err)
	}
	_, err := c.OpenGateway(t.Context(), "rhythm")
	f := fault.Of(err)
	if f == nil || f.Code != fault.NotAllowed || f.Reason != fault.WhyWindowOnly || g.isOpen("rhythm") {
		t.Errorf("got %v", err)
	}
	openWindow(t, c)
	if _, err := c.OpenGateway(t.Context(), "rhythm"); err != nil {
		t.Errorf("the window may not: %v", err)
	}
}

// TestA53AskFirstClosesTheGateway: else whoever has its key would go on without a question. One that a person opens in
// the window stays.
func TestA53AskFirstClosesTheGateway(t *testing.T) {
	for _, window := range []bool{false, true} {
		g, w := &fakeGateways{}, newAccess(t, nil)
		c := serve(t, Options{Keeper: newFakeKeeper(), Access: w, Gateways: g})
		set := func(p account.Policy) {
			t.Helper()
			if err := c.SetPolicy(t.Context(), "rhythm", p); err != nil {
				t.Fatal(err)
			}
		}
		opens := func() {
			t.Helper()
			if _, err := c.OpenGateway(t.Context(), "rhythm"); err != nil {
				t.Fatal(err)
			}
		}
		opens()
		set(account.Policy{})
		if !g.isOpen("rhythm") {
			t.Error("closed, and nobody asks first")
		}
		if window {
			openWindow(t, c)
		}
		set(account.Policy{AskFirst: true})
		if g.isOpen("rhythm") {
			t.Errorf("open after ask first was switched on (window: %v)", window)
		}
		if !window {
			openWindow(t, c)
		}
		opens()
		set(account.Policy{AskFirst: true})
		if !g.isOpen("rhythm") {
			t.Error("what a person has opened is closed because nothing has changed")
		}
	}
}

// TestA53AskFirstSwitchedOnWhileAGatewayOpens: it is closed in time.
func TestA53AskFirstSwitchedOnWhileAGatewayOpens(t *testing.T) {
	w := newAccess(t, nil)
	g := &fakeGateways{opened: func() { _ = w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}) }}
	c := serve(t, Options{Keeper: newFakeKeeper(), Access: w, Gateways: g})
	_, err := c.OpenGateway(t.Context(), "rhythm")
	if wantCode(t, err, fault.NotAllowed); g.isOpen("rhythm") {
		t.Error("it is open")
	}
}
