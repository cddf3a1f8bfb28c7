package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/ui/view"
)

func TestC54AlsoSigningOutInTheBrowser(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.SignedOut))
		if s.hasButton(alsoInBrowser) {
			t.Error("nobody signed out here, and it is offered")
		}
		signedOutHere(s)
		s.r.called()
		if !slices.Contains(s.tabs(), alsoInBrowser) {
			t.Errorf("Tab leads to %q", s.tabs())
		}
		s.w.win.Canvas().Focus(s.button(alsoInBrowser))
		s.key(fyne.KeyReturn)
		if calls := s.r.called(); !slices.Equal(calls, []string{"browser-logout acme"}) ||
			!slices.Equal(s.opened, []string{logoutURL}) {
			t.Errorf("%q, opened %q", calls, s.opened)
		}
		s.mustSay("Opened in your browser, where you may be asked to confirm")
		if s.hasButton(alsoInBrowser) {
			t.Error("it is offered again")
		}
	})
}

func TestC54TheNextSignInTakesTheOfferAway(t *testing.T) {
	onStage(t, func(s *stage) {
		signedOutHere(s)
		s.show(waitingSince(acme(account.SignedOut), 0)) // by whichever client
		s.show(acme(account.SignedOut))
		if s.hasButton(alsoInBrowser) {
			t.Error("it outlives the next sign-in")
		}
	})
}

func TestC54ASignOutThatDidNotHappenOffersNothing(t *testing.T) {
	onStage(t, func(s *stage) {
		locked := fault.New(fault.KeychainLocked)
		s.r.report = account.SignOutReport{Problem: locked}
		s.show(withProblem(acme(account.KeychainLocked), locked))
		s.choose("acme", "Sign out")
		if note := s.card("acme").view.Note.Text; note != "" {
			t.Errorf("the state says it, and the card once more: %q", note)
		}
		s.show(acme(account.SignedOut))
		if s.hasButton(alsoInBrowser) {
			t.Error("nobody signed out")
		}
	})
}

func TestC54AServiceWithoutSuchAPageIsSaidSo(t *testing.T) {
	onStage(t, func(s *stage) {
		none := fault.New(fault.NoBrowserLogout, "host", "acme.eu.auth0.com")
		s.r.fail["browser-logout"] = none
		signedOutHere(s)
		s.press(alsoInBrowser)
		s.mustSay(view.Sentence(none))
		if s.hasButton(alsoInBrowser) || len(s.opened) > 0 {
			t.Errorf("it is offered still, or opened %q", s.opened)
		}
		s.r.fail["browser-logout"] = fault.New(fault.Offline)
		signedOutHere(s)
		s.press(alsoInBrowser)
		if !s.hasButton(alsoInBrowser) {
			t.Error("what may work later is not offered any more")
		}
	})
}

func TestC54ABrowserThatDoesNotOpenLeavesTheLink(t *testing.T) {
	onStage(t, func(s *stage) {
		s.noBrowser = true
		signedOutHere(s)
		s.press(alsoInBrowser)
		s.mustSay(view.Sentence(fault.New(fault.BrowserFailed)))
		s.press("Copy link")
		if got := s.app.Clipboard().Content(); got != logoutURL {
			t.Errorf("copied %q", got)
		}
	})
}

func TestAnAnswerIsNotSaidTwice(t *testing.T) {
	onStage(t, func(s *stage) {
		untold := fault.New(fault.RevokeFailed, "host", "acme.eu.auth0.com")
		s.r.report = account.SignOutReport{Deleted: true, Problem: untold}
		signedOutHere(s)
		out := acme(account.SignedOut)
		out.Notices = []*fault.Error{untold}
		s.show(out)
		s.mustSay(view.Sentence(untold))
		if n := len(s.card("acme").view.Notices); n != 0 {
			t.Errorf("the notice says it %d times more", n)
		}
		s.show(waitingSince(acme(account.SignedOut), 0))
		s.show(out)
		if v := s.card("acme").view; v.Note.Text != "" || len(v.Notices) != 1 {
			t.Errorf("later only the notice says it: %+v", v)
		}
	})
}
