package ui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func TestClosingLeavesTheAgentToItsTray(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.w.leave()
		s.settle()
		if s.app.window.closed != 1 || len(s.r.called()) != 0 {
			t.Error("the window does not close, or takes the agent along")
		}
	})
}

func TestWithoutATrayTheWindowStays(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.last.Agent.Tray = false
		s.show(acme(account.SignedOut))
		s.w.leave()
		s.sheet("Keep Keyfob open?")
		s.w.leave() // once more, impatiently
		if len(s.w.Sheets()) != 1 {
			t.Error("it asks twice")
		}
		s.press("Keep open")
		if s.app.window.closed != 0 || len(s.w.Sheets()) != 0 {
			t.Error("it does not stay")
		}
		s.w.leave()
		s.key(fyne.KeyEscape)
		if s.app.window.closed != 0 {
			t.Error("Escape closes the window")
		}
		s.w.leave()
		s.r.stops = func() { close(s.r.snapshots) }
		s.press("Quit Keyfob")
		s.settle()
		if s.says("Keyfob has stopped. Sign-ins in your keychain are safe.") {
			t.Error("it wonders about what it was told to do")
		}
		s.wait(time.Second)
		if calls := s.r.called(); !slices.Equal(calls, []string{"stop"}) || s.app.window.closed != 1 {
			t.Errorf("%q, closed %d times", calls, s.app.window.closed)
		}
	})
}

func TestQuittingAsksAboutSignInsInMemory(t *testing.T) {
	onStage(t, func(s *stage) {
		a := signedInto(acme(account.SignedIn))
		a.Saved = false
		s.show(a)
		s.w.quit()
		s.sheet("Quit Keyfob?")
		s.press("Cancel")
		if calls := s.r.called(); len(calls) != 0 {
			t.Errorf("%q", calls)
		}
		s.w.quit()
		s.press("Quit Keyfob")
		if calls := s.r.called(); !slices.Equal(calls, []string{"stop"}) || s.app.window.closed != 1 {
			t.Errorf("%q", calls)
		}
	})
}

func TestAAgentThatDoesNotStopDoesNotHoldTheWindow(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["stop"] = fault.New(fault.NoAgent)
		s.show(acme(account.SignedOut))
		s.w.quit()
		s.settle()
		if s.app.window.closed != 1 {
			t.Error("the window stays")
		}
	})
}

func TestAWindowWithoutAAgentJustCloses(t *testing.T) {
	onStage(t, func(s *stage) {
		s.w.leave()
		if s.app.window.closed != 1 {
			t.Errorf("closed %d times", s.app.window.closed)
		}
	})
}
