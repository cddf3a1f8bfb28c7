package ui

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/ui/view"
)

func TestSigningInOpensTheBrowserHere(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.attempt = account.Attempt{ID: "1", URL: authURL}
		s.show(acme(account.SignedOut))
		s.press("Sign in")
		if !slices.Equal(s.opened, []string{authURL}) || !slices.Equal(s.r.called(), []string{"sign-in acme"}) {
			t.Errorf("opened %q", s.opened)
		}
		s.show(waitingSince(acme(account.SignedOut), 0))
		s.press("Open the link again")
		if len(s.opened) != 2 {
			t.Errorf("opened %d times", len(s.opened))
		}
		s.press("Copy link")
		s.mustSay("Link copied")
		if got := s.app.Clipboard().Content(); got != authURL {
			t.Errorf("copied %q", got)
		}
		s.press("Cancel")
		if calls := s.r.called(); !slices.Equal(calls, []string{"cancel acme"}) {
			t.Errorf("%q", calls)
		}
		s.r.done <- fault.New(fault.SignInCancelled)
		s.show(acme(account.SignedOut))
		if s.says("Link copied") || s.says(view.Sentence(fault.New(fault.SignInCancelled))) {
			t.Error("an old answer stays")
		}
	})
}

func TestABrowserThatFailsLeavesTheLink(t *testing.T) {
	onStage(t, func(s *stage) {
		s.noBrowser = true
		s.r.attempt = account.Attempt{ID: "1", URL: authURL}
		s.show(acme(account.SignedOut))
		s.press("Sign in")
		s.show(waitingSince(acme(account.SignedOut), 0))
		s.mustSay("The browser did not open. Open this link yourself:")
		s.mustSay(authURL)
		if !s.hasButton("Cancel") {
			t.Error("the attempt does not go on")
		}
	})
}

func TestASecondPressWhileOneIsUnderWayDoesNothing(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.w.controller.act("acme", view.CopyToken)
		s.w.controller.act("acme", view.CopyToken)
		s.settle()
		if calls := s.r.called(); len(calls) != 1 {
			t.Errorf("%q", calls)
		}
	})
}

func TestRefusalsAreToldOnceAndOfferAnotherAccount(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.SignedOut))
		s.press("Sign in")
		denied := fault.New(fault.SignInDenied, "said", "Not a member")
		s.r.done <- denied
		s.show(withProblem(acme(account.SignedOut), denied))
		s.mustSay("The sign-in service did not let you in: Not a member")
		if note := s.card("acme").view.Note.Text; note != "" {
			t.Errorf("it is told twice: %q", note)
		}
		s.r.called()
		s.press("Use another account")
		if calls := s.r.called(); !slices.Equal(calls, []string{"sign-in acme another"}) {
			t.Errorf("%q", calls)
		}
	})
}

func TestAnErrorThatOnlyTheWindowKnowsIsToldOnTheCard(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["sign-in"] = fault.New(fault.PortsBusy, "addresses", "127.0.0.1:17171").Because(errors.New("address in use"))
		s.show(acme(account.SignedOut))
		s.press("Sign in")
		s.mustSay(view.Sentence(s.r.fail["sign-in"]))
		s.press("Details")
		s.sheet("Acme")
		s.mustSay("ports-busy")
		s.mustSay("address in use")
		s.press("Copy all")
		if got := s.app.Clipboard().Content(); !strings.Contains(got, "Code: ports-busy\n") {
			t.Errorf("copied %q", got)
		}
		s.press("Close")
		s.show(signedInto(acme(account.SignedIn)))
		if s.says(view.Sentence(s.r.fail["sign-in"])) {
			t.Error("the error outlives its end")
		}
	})
}

func TestSigningOut(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.report = account.SignOutReport{Deleted: true, NoRevoke: true, ValidUntil: time.Now().Add(2 * time.Hour)}
		s.show(signedInto(acme(account.SignedIn)))
		s.press("Sign out")
		s.show(acme(account.SignedOut))
		if calls := s.r.called(); !slices.Equal(calls, []string{"sign-out acme"}) {
			t.Errorf("%q", calls)
		}
		s.mustSay("Signed out here. The last access token works until 02:00.")
	})
}

func TestUnlockingTheKeychain(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.KeychainLocked))
		s.press("Try again")
		if calls := s.r.called(); !slices.Equal(calls, []string{"retry keychain"}) {
			t.Errorf("%q", calls)
		}
	})
}

func TestCallbackAddressesAreCopiedAsTheProviderWantsThem(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.profiles["acme"] = profile.Profile{RedirectURIs: []string{"http://127.0.0.1:1/a", "http://127.0.0.1:2/a"}}
		s.show(acme(account.SignedOut))
		s.choose("acme", "Copy callback address")
		if got := s.app.Clipboard().Content(); got != "http://127.0.0.1:1/a\nhttp://127.0.0.1:2/a" {
			t.Errorf("%q", got)
		}
		p := s.r.profiles["acme"]
		p.Provider = "auth0"
		if got := callbacks(p); got != "http://127.0.0.1:1/a, http://127.0.0.1:2/a" {
			t.Errorf("for Auth0: %q", got)
		}
		s.r.fail["profile"] = fault.New(fault.NoAgent)
		s.choose("acme", "Copy callback address")
		s.mustSay(view.Sentence(s.r.fail["profile"]))
	})
}

func TestRemovingAsksFirst(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.report = account.SignOutReport{Deleted: true, Problem: fault.New(fault.RevokeFailed, "host", "acme.example")}
		s.show(signedInto(acme(account.SignedIn)))
		s.choose("acme", "Remove…")
		s.sheet("Remove Acme?")
		if s.w.win.Canvas().Focused() != fyne.Focusable(s.button("Cancel")) {
			t.Error("one slip removes the account")
		}
		s.key(fyne.KeyReturn) // on Cancel
		if len(s.w.Sheets()) != 0 || len(s.r.called()) != 0 {
			t.Error("cancelled, and yet something happened")
		}
		s.choose("acme", "Remove…")
		s.press("Remove")
		if calls := s.r.called(); !slices.Equal(calls, []string{"remove acme"}) {
			t.Errorf("%q", calls)
		}
		s.show()
		s.mustSay("Acme is removed. " + view.Sentence(s.r.report.Problem))
		s.press("Close")
		if s.says("Acme is removed. " + view.Sentence(s.r.report.Problem)) {
			t.Error("the answer cannot be closed")
		}
	})
}
