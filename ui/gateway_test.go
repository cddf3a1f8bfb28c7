package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// callable is an account with an API, and with a gateway where url is not empty.
func callable(url string) account.Account {
	a := signedInto(acme(account.SignedIn))
	a.API, a.GatewayURL = true, url
	return a
}

func TestAGatewayIsOpenedAndItsKeyShownOnce(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(callable(""))
		s.choose("acme", "Gateway")
		if calls := s.r.called(); !slices.Equal(calls, []string{"open gateway acme"}) {
			t.Errorf("%q", calls)
		}
		s.sheet("The gateway is open")
		s.mustSay("http://127.0.0.1:40117")
		s.mustSay(testKey)
		s.press("Copy address")
		if got := s.app.Clipboard().Content(); got != "http://127.0.0.1:40117" {
			t.Errorf("%q", got)
		}
		s.press("Copy key")
		if got := s.app.Clipboard().Content(); got != testKey || !s.hasButton("Copy address") {
			t.Errorf("%q", got)
		}
		s.wait(view.ClipboardTime)
		if got := s.app.Clipboard().Content(); got != "" {
			t.Errorf("%q stays on the clipboard", got)
		}
		s.press("Done")
		s.show(callable("http://127.0.0.1:40117"))
		v := s.card("acme").view
		if !slices.ContainsFunc(v.Menu, isOpenGateway) ||
			!strings.Contains(v.Facts, "Gateway at http://127.0.0.1:40117") || s.says(testKey) {
			t.Errorf("%+v", v)
		}
		s.choose("acme", "Gateway")
		if calls := s.r.called(); !slices.Equal(calls, []string{"close gateway acme"}) || len(s.w.Sheets()) != 0 {
			t.Errorf("%q", calls)
		}
	})
}

func isOpenGateway(c view.Choice) bool { return c.Do == view.Gateway && c.On }

// addresses are those of a gateway to two base URLs.
var addresses = []account.GatewayAddress{
	{URL: "http://127.0.0.1:40117", API: "https://api.conundra.example/planning/v1"},
	{URL: "http://127.0.0.1:40118", API: "https://api.conundra.example/vehicle/v1"},
}

// Each address is shown with what it leads to, and copied on its own.
func TestAGatewayHasAnAddressForEachBaseURL(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.addresses = addresses
		s.show(callable(""))
		s.choose("acme", "Gateway")
		buttons := find[*kit.Button](s.sheet("The gateway is open").Scroll)
		if len(buttons) != 3 {
			t.Fatalf("%d buttons", len(buttons))
		}
		for i, want := range []string{addresses[0].URL, addresses[1].URL, testKey} {
			test.Tap(buttons[i])
			s.settle()
			if got := s.app.Clipboard().Content(); got != want {
				t.Errorf("button %d copies %q", i, got)
			}
			for j, b := range buttons {
				if (b.Label() == "Copied") != (i == j) {
					t.Errorf("after %d, button %d says %q", i, j, b.Label())
				}
			}
		}
		for _, at := range addresses {
			s.mustSay(at.URL)
			s.mustSay(at.API)
		}
	})
	for _, few := range [][]account.GatewayAddress{nil, addresses[:1]} { // an agent of another version does not tell
		onStage(t, func(s *stage) {
			s.r.addresses = few
			s.show(callable(""))
			s.choose("acme", "Gateway")
			s.mustSay("http://127.0.0.1:40117")
			if s.says(addresses[0].API) {
				t.Error("where the one address leads to is clear")
			}
		})
	}
}

func TestAGatewayThatCannotBeOpened(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["gateway"] = fault.New(fault.AgentFailed, "said", "no port is free")
		s.show(callable(""))
		s.choose("acme", "Gateway")
		s.mustSay(view.Sentence(s.r.fail["gateway"]))
	})
}
