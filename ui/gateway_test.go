package ui

import (
	"slices"
	"strings"
	"testing"

	"keyfob/account"
	"keyfob/internal/fault"
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
		s.wait(clipboardTime)
		if got := s.app.Clipboard().Content(); got != "" {
			t.Errorf("%q stays on the clipboard", got)
		}
		s.press("Done")
		s.show(callable("http://127.0.0.1:40117"))
		v := s.card("acme").view
		if !v.gateway || !strings.Contains(v.facts, "Gateway at http://127.0.0.1:40117") || s.says(testKey) {
			t.Errorf("%+v", v)
		}
		s.choose("acme", "Gateway")
		if calls := s.r.called(); !slices.Equal(calls, []string{"close gateway acme"}) || len(s.w.sheets) != 0 {
			t.Errorf("%q", calls)
		}
	})
}

func TestAGatewayThatCannotBeOpened(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["gateway"] = fault.New(fault.ResidentFailed, "reason", "no port is free")
		s.show(callable(""))
		s.choose("acme", "Gateway")
		s.mustSay(sentence(s.r.fail["gateway"]))
	})
}
