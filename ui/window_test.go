package ui

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"go.uber.org/goleak"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingIsAskedBeforeTheFirstFrame(t *testing.T) {
	asked := false
	w := New(Options{
		App:     test.NewApp(),
		Connect: func(context.Context) (Agent, error) { asked = true; return nil, errors.New("no") },
		Do:      func(f func()) { f() },
		Now:     time.Now,
	})
	w.win.Canvas().(software.WindowlessCanvas).Resize(fyne.NewSize(startWidth, startHeight))
	w.win.Canvas().Capture()
	if asked {
		t.Error("the agent was asked before there was a frame")
	}
	if n := len(find[fyne.Widget](w.home.root)); n > 12 {
		t.Errorf("%d widgets stand in the first frame", n)
	}
}

func TestStartingIsSaidOnlyWhenItTakesLong(t *testing.T) {
	onStage(t, func(s *stage) {
		if s.says("Starting…") {
			t.Error("it flickers")
		}
		s.wait(slowStart)
		s.mustSay("Starting…")
		s.show()
		if s.says("Starting…") {
			t.Error("it starts for ever")
		}
	})
}

func TestAAgentThatCannotBeReached(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.SignedOut))
		s.mu.Lock()
		s.noAgent = fault.New(fault.AgentFailed, "said", "no space left")
		s.mu.Unlock()
		close(s.r.snapshots)
		s.settle()
		s.mustSay("Keyfob has stopped. Sign-ins in your keychain are safe.")
		if s.hasButton("Sign in") || s.hasButton("Add account") {
			t.Error("one can still ask for what nobody does")
		}

		s.press("Start again")
		s.mustSay(view.Sentence(s.noAgent))
		s.press("Details")
		s.mustSay("agent-failed")
		s.key(fyne.KeyEscape)

		s.mu.Lock()
		s.noAgent = nil
		s.r.snapshots = make(chan account.Snapshot)
		s.mu.Unlock()
		s.press("Start again")
		s.show(acme(account.SignedOut))
		s.press("Sign in")
		if calls := s.r.called(); !slices.Equal(calls, []string{"sign-in acme"}) {
			t.Errorf("%q", calls)
		}
	})
}

func TestOneRedrawTakesTheLatestSnapshot(t *testing.T) {
	onStage(t, func(s *stage) {
		for _, status := range []account.Status{account.SignedOut, account.SigningIn, account.SignedOut} {
			snapshot := s.r.last
			snapshot.Accounts = asTheAgent([]account.Account{acme(status)})
			s.r.snapshots <- snapshot
		}
		snapshot := s.r.last
		snapshot.Accounts = asTheAgent([]account.Account{signedInto(acme(account.SignedIn))})
		s.r.snapshots <- snapshot
		if n := len(s.queue); n > 2 { // one is Connect's answer
			t.Errorf("%d dispatches for one burst", n)
		}
		s.settle()
		s.mustSay("Signed in as Jane Doe · renews by itself")
	})
}

func TestCardsAreUpdatedInPlace(t *testing.T) {
	onStage(t, func(s *stage) {
		globex := acme(account.SignedOut)
		globex.ID, globex.Name = "globex", "Globex"
		s.show(acme(account.SignedOut), globex)
		acmeCard, globexCard := s.card("acme"), s.card("globex")
		s.w.win.Canvas().Focus(globexCard.primary)

		s.show(signedInto(acme(account.SignedIn)), signedInto(globex))
		if s.card("acme") != acmeCard || s.card("globex") != globexCard {
			t.Error("cards were made anew")
		}
		if s.w.win.Canvas().Focused() != fyne.Focusable(globexCard.primary) {
			t.Error("the focus is lost")
		}
		initech := acme(account.SignedOut)
		initech.ID, initech.Name = "initech", "Initech"
		s.show(acme(account.SignedOut), globex, initech)
		if s.card("globex") != globexCard || s.w.win.Canvas().Focused() != fyne.Focusable(globexCard.primary) {
			t.Error("a new account disturbs the others")
		}
		s.show(globex)
		shown := s.w.home.cards.Column.Objects
		if len(s.w.home.cards.IDs()) != 1 || len(shown) != 1 || shown[0] != fyne.CanvasObject(globexCard) {
			t.Error("an account that is gone still has a card")
		}
	})
}

func TestTheWindowComesForward(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.last.Raise = 3
		s.show(acme(account.SignedOut))
		s.show(waitingSince(acme(account.SignedOut), 0))
		if s.app.window.raised != 0 {
			t.Error("it comes forward for nothing")
		}
		s.show(signedInto(acme(account.SignedIn)))
		if s.app.window.raised != 1 {
			t.Errorf("when the sign-in is done: %d times", s.app.window.raised)
		}
		s.r.last.Raise = 4
		s.show(signedInto(acme(account.SignedIn)))
		if s.app.window.raised != 2 {
			t.Errorf("when it is asked to: %d times", s.app.window.raised)
		}
		s.show(signedInto(acme(account.Renewing)))
		s.show(signedInto(acme(account.SignedIn)))
		if s.app.window.raised != 2 {
			t.Error("a renewal brings it forward")
		}
	})
}

func TestALongWaitIsOneTimer(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(waitingSince(acme(account.SignedOut), 5*time.Second))
		s.wait(14 * time.Second)
		if s.says(words.T("ui.wait.long")) {
			t.Error("it wonders too early")
		}
		s.wait(time.Second)
		s.mustSay(words.T("ui.wait.long"))
		s.mustSay("http://127.0.0.1:17171/callback")
		if s.w.alarm != nil {
			t.Error("a timer runs though nothing is to change")
		}
		s.press("Copy address")
		if got := s.app.Clipboard().Content(); got != "http://127.0.0.1:17171/callback" {
			t.Errorf("copied %q", got)
		}
	})
}

func TestAccessThatEndsChangesTheCard(t *testing.T) {
	onStage(t, func(s *stage) {
		a := signedInto(acme(account.Offline))
		a.Until = time.Now().Add(time.Minute)
		s.show(a)
		if !s.hasButton("Copy access token") {
			t.Error("the token in hand cannot be copied")
		}
		s.wait(time.Minute)
		if s.hasButton("Copy access token") {
			t.Error("an expired token can be copied")
		}
	})
}

func TestAWideWindowShowsAListAndOneCard(t *testing.T) {
	onStage(t, func(s *stage) {
		globex := acme(account.NeedsSignIn)
		globex.ID, globex.Name = "globex", "Globex"
		s.show(acme(account.SignedOut), globex)
		s.size(1000, 700)
		rows := find[*listRow](s.root())
		if len(rows) != 2 || len(find[*card](s.root())) != 1 {
			t.Fatalf("%d lines, %d cards", len(rows), len(find[*card](s.root())))
		}
		test.Tap(rows[1])
		s.settle()
		if !s.card("globex").Visible() || s.card("acme").Visible() {
			t.Error("the other account does not show")
		}
		s.w.win.Canvas().Focus(rows[1])
		s.key(fyne.KeyUp)
		if !s.card("acme").Visible() || s.w.win.Canvas().Focused() != fyne.Focusable(rows[0]) {
			t.Error("the arrow keys do not move")
		}
		s.key(fyne.KeyUp) // at the end already
		s.size(startWidth, startHeight)
		if len(find[*card](s.root())) != 2 || len(find[*listRow](s.root())) != 0 {
			t.Error("a narrow window does not show all cards")
		}
	})
}

func TestASmallScreenScrolls(t *testing.T) {
	onStage(t, func(s *stage) {
		var all []account.Account
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			a := acme(account.SignedOut)
			a.ID = id
			all = append(all, a)
		}
		s.show(all...)
		s.size(360, 400)
		last := s.card("e")
		s.w.win.Canvas().Focus(last.primary)
		s.settle()
		driver := fyne.CurrentApp().Driver()
		y := driver.AbsolutePositionForObject(last.primary).Y
		if y < 0 || y+last.primary.Size().Height > 400 {
			t.Errorf("the focused button stands at %v", y)
		}
		s.w.win.Canvas().Focus(s.card("a").more)
		s.settle()
		if y := driver.AbsolutePositionForObject(s.card("a").more).Y; y < 0 {
			t.Errorf("the focused button stands at %v", y)
		}
	})
}

func TestTheFirstRunOffersThreeWays(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		for _, label := range []string{"Add account", "Open profile file…", "Try the demo"} {
			if !s.hasButton(label) {
				t.Errorf("no way %q", label)
			}
		}
		s.press("Try the demo")
		if calls := s.r.called(); !slices.Equal(calls, []string{"demo"}) {
			t.Errorf("%q", calls)
		}
		demo := acme(account.SignedOut)
		demo.ID, demo.Demo = "demo", true
		s.show(demo)
		if s.hasButton("Try the demo") || len(find[*kit.Badge](s.card("demo"))) != 2 {
			t.Error("the welcome stays, or the demo is not marked")
		}
	})
}

func TestAKeychainThatCannotBeUsed(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.last.Keychain = account.Keychain{State: account.KeychainUnusable, Problem: fault.New(fault.KeychainMissing)}
		s.r.fail["retry"] = fault.New(fault.KeychainMissing)
		s.show(acme(account.SignedOut))
		s.press("Try again")
		s.press("Keep sign-ins in memory only")
		if calls := s.r.called(); !slices.Equal(calls, []string{"retry keychain", "memory only"}) {
			t.Errorf("%q", calls)
		}
		s.r.last.Keychain = account.Keychain{State: account.KeychainMemoryOnly}
		s.show(acme(account.SignedOut))
		if s.hasButton("Keep sign-ins in memory only") {
			t.Error("the banner stays")
		}
	})
}
