package agent

import (
	"strings"
	"testing"

	"keyfob/account"
	"keyfob/internal/fault"
)

func TestAGatewayIsOpenedAndClosedThroughTheClient(t *testing.T) {
	g := &fakeGateways{}
	c := serve(t, Options{Keeper: newFakeKeeper(), Gateways: g})
	door, err := c.OpenGateway(t.Context(), "rhythm")
	if err != nil || door.Key.Reveal() != "key-canary" || !strings.HasPrefix(door.URL, "http://127.0.0.1:") {
		t.Fatalf("%+v %v", door, err)
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
	w := newWarden(t, nil)
	c := serve(t, Options{Keeper: newFakeKeeper(), Warden: w, Gateways: g})
	if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
		t.Fatal(err)
	}
	_, err := c.OpenGateway(t.Context(), "rhythm")
	if f := fault.Of(err); f == nil || f.Code != fault.NotAllowed || f.Args["why"] != fault.WhyWindowOnly || g.isOpen("rhythm") {
		t.Errorf("got %v", err)
	}
	openWindow(t, c)
	if _, err := c.OpenGateway(t.Context(), "rhythm"); err != nil {
		t.Errorf("the window may not: %v", err)
	}
}
