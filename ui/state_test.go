package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// TestACardShowsItsStateWhole: what the view holds can be seen, and Details is reached by keyboard.
func TestACardShowsItsStateWhole(t *testing.T) {
	onStage(t, func(s *stage) {
		for _, status := range account.Statuses {
			a := withProblem(acme(status), nil)
			s.show(a)
			state := words.Status(a)
			s.mustSay(state.Text)
			if state.Next != "" {
				s.mustSay(state.Next)
			}
			s.choose("acme", "Details")
			s.sheet("Acme")
			if state.Code != "" {
				s.mustSay(state.Code)
			}
			s.key(fyne.KeyEscape)
			if needs := status == account.NeedsSignIn || status == account.KeychainLocked; needs &&
				!slices.Contains(s.tabs(), "Details") {
				t.Errorf("%s: Tab leads to %q", status, s.tabs())
			}
		}
	})
}

func TestWhyASignInIsNeededIsOnTheCard(t *testing.T) {
	onStage(t, func(s *stage) {
		refused := fault.New(fault.SignInRequired).WithReason(fault.WhyRevoked)
		s.show(withProblem(acme(account.NeedsSignIn), refused))
		s.mustSay("You need to sign in again: this sign-in was taken back")
		s.mustSay("Press Sign in, or run keyfob login.")

		s.press("Sign in")
		denied := fault.New(fault.SignInDenied, "said", "Not a member")
		s.r.done <- denied
		s.show(withProblem(acme(account.NeedsSignIn), denied))
		s.mustSay("The sign-in service did not let you in: Not a member")
		s.mustSay("Use another account, or ask for access.")
		if note := s.card("acme").view.Note.Text; note != "" {
			t.Errorf("it is told twice: %q", note)
		}
	})
}

// countedApp counts what is drawn anew.
type countedApp struct {
	fyne.App
	drawn int
}

func (a *countedApp) Driver() fyne.Driver { return countedDriver{a.App.Driver(), a} }

type countedDriver struct {
	fyne.Driver
	app *countedApp
}

func (d countedDriver) CanvasForObject(o fyne.CanvasObject) fyne.Canvas {
	return countedCanvas{d.Driver.CanvasForObject(o), d.app}
}

type countedCanvas struct {
	fyne.Canvas
	app *countedApp
}

func (c countedCanvas) Refresh(o fyne.CanvasObject) {
	c.app.drawn++
	c.Canvas.Refresh(o)
}

func (c countedCanvas) SetDirty() { c.app.drawn++ }

// TestTheSameStateAgainDrawsNothing: only what reads otherwise is drawn, however many snapshots come. A renewal reads
// the same, and so does one more try that fails.
func TestTheSameStateAgainDrawsNothing(t *testing.T) {
	offline := func() *fault.Error { return fault.New(fault.Offline, "host", "acme.eu.auth0.com") }
	for name, states := range map[string]func() []account.Account{
		"nothing changes": func() []account.Account { return []account.Account{signedInto(acme(account.SignedIn))} },
		"renewals": func() []account.Account {
			return []account.Account{signedInto(acme(account.SignedIn)), signedInto(acme(account.Renewing))}
		},
		"failing tries": func() []account.Account {
			tried, again := withProblem(signedInto(acme(account.Offline)), offline()),
				withProblem(signedInto(acme(account.Offline)), offline().Because(fault.New(fault.Internal)))
			again.RenewsBy = again.RenewsBy.Add(time.Minute)
			return []account.Account{tried, again}
		},
		"needed": func() []account.Account {
			return []account.Account{withProblem(acme(account.NeedsSignIn), fault.New(fault.SignInRequired))}
		},
		"locked":  func() []account.Account { return []account.Account{acme(account.KeychainLocked)} },
		"waiting": func() []account.Account { return []account.Account{waitingSince(acme(account.SignedOut), 0)} },
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				counted := &countedApp{App: fyne.CurrentApp()}
				fyne.SetCurrentApp(counted)
				all := states()
				for _, width := range []float32{startWidth, 1000} {
					s.size(width, startHeight)
					s.show(all[0])
					if counted.drawn == 0 {
						t.Fatal("the counter does not count")
					}
					s.quietly(counted, all)
				}
				if s.app.window.raised != 0 {
					t.Errorf("the window came forward %d times", s.app.window.raised)
				}
			})
		})
	}
}

// quietly publishes states many times and wants nothing to be drawn.
func (s *stage) quietly(counted *countedApp, states []account.Account) {
	s.t.Helper()
	for i := range 50 {
		snapshot := s.r.last
		snapshot.Seq++
		snapshot.Accounts = asTheAgent([]account.Account{states[i%len(states)]})
		s.r.last = snapshot
		s.r.snapshots <- snapshot
		before := counted.drawn
		s.drain()
		if n := counted.drawn - before; n > 0 {
			s.t.Fatalf("snapshot %d: %d parts were drawn anew", i, n)
		}
	}
}

func TestABackgroundChangeDoesNotRaiseTheWindow(t *testing.T) {
	onStage(t, func(s *stage) {
		held := signedInto(acme(account.SignedIn))
		waiting := waitingSince(held, 0)
		for _, a := range []account.Account{
			held, withProblem(signedInto(acme(account.Offline)), fault.New(fault.Offline)), held,
			withProblem(acme(account.NeedsSignIn), fault.New(fault.SignInRequired)),
			acme(account.KeychainLocked), held,
			waiting, held, // cancelled: who did that is where they want to be
			waiting, withProblem(held, fault.New(fault.SignInDenied)),
		} {
			s.show(a)
		}
		if n := s.app.window.raised; n != 0 {
			t.Errorf("it came forward %d times", n)
		}
		s.show(waiting)
		renewed := held
		renewed.Until = held.Until.Add(time.Hour)
		for range 3 {
			s.show(renewed)
		}
		if n := s.app.window.raised; n != 1 {
			t.Errorf("a sign-in is done, and it came forward %d times", n)
		}
	})
}

func TestTryingAgain(t *testing.T) {
	onStage(t, func(s *stage) {
		offline := fault.New(fault.Offline, "host", "acme.eu.auth0.com")
		a := withProblem(expired(acme(account.Offline)), offline)
		s.r.fail["token"] = offline
		s.show(a)
		s.w.win.Canvas().Focus(s.button("Try again"))
		s.key(fyne.KeyReturn)
		if calls := s.r.called(); !slices.Equal(calls, []string{"token acme 1m0s"}) {
			t.Errorf("%q", calls)
		}
		s.mustSay("Tried a moment ago, and nothing has changed")

		s.r.fail["token"] = fault.New(fault.NoAgent)
		s.press("Try again")
		s.mustSay(view.Sentence(s.r.fail["token"]))

		s.r.fail["token"] = nil
		s.press("Try again")
		if note := s.card("acme").view.Note.Text; note != "" {
			t.Errorf("it worked, and the card says %q", note)
		}
		s.r.fail["token"] = offline
		s.press("Try again")
		s.show(signedInto(acme(account.SignedIn)))
		if note := s.card("acme").view.Note.Text; note != "" || strings.Contains(s.app.Clipboard().Content(), testToken) {
			t.Errorf("after it went on: %q, or the token was copied unasked", note)
		}
		s.r.fail["token"] = nil
		s.w.controller.act("acme", view.TryAgain) // the state was there before the answer
		s.settle()
		if note := s.card("acme").view.Note.Text; note != "" {
			t.Errorf("it worked, and the card says %q", note)
		}
	})
}
