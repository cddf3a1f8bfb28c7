package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

const python = "/usr/bin/python3.13"

// wantAnswers makes sure that those went to the agent since the last time, and no others.
func (s *stage) wantAnswers(want ...string) {
	s.t.Helper()
	if calls := s.r.called(); !slices.Equal(calls, want) {
		s.t.Errorf("answered %q, want %q", calls, want)
	}
}

func (s *stage) focused() fyne.Focusable { return s.w.win.Canvas().Focused() }

// typed types a character where the focus is.
func (s *stage) typed(r rune) {
	if f := s.focused(); f != nil {
		f.TypedRune(r)
	}
	s.settle()
}

// foreground does what the window system does when somebody turns to the window.
func (s *stage) foreground() {
	s.app.Lifecycle().(interface{ OnEnteredForeground() func() }).OnEnteredForeground()()
	s.settle()
}

func TestA56EnterAnswersNoAndNeverYes(t *testing.T) {
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace, fyne.KeyEscape} {
		onStage(t, func(s *stage) {
			s.asks(asker("1", "python3", python))
			if s.focused() != fyne.Focusable(s.button("No")) {
				t.Error("the keyboard does not begin at No")
			}
			s.key(key)
			s.wantAnswers("answer 1 no")
		})
	}
	for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEscape} { // nor where the focus is nowhere
		onStage(t, func(s *stage) {
			s.asks(asker("1", "python3", python))
			s.w.win.Canvas().Unfocus()
			s.key(key)
			s.wantAnswers("answer 1 no")
		})
	}
}

func TestA56NothingIsAnsweredInTheFirstHalfSecond(t *testing.T) {
	onStage(t, func(s *stage) {
		s.publishAsked(asker("1", "python3", python))
		s.wait(answerDelay - time.Millisecond)
		s.press("Once")
		s.key(fyne.KeyEscape)
		s.key(fyne.KeyReturn)
		s.wantAnswers()
		s.wait(answerDelay - time.Millisecond) // whoever pressed too early waits anew: they had not seen it
		s.press("Always")
		s.wantAnswers()
		s.wait(answerDelay)
		s.press("Once")
		s.wantAnswers("answer 1 once")
		s.wait(answerDelay)
		s.press("Always") // the request is still there, but it is answered
		s.wantAnswers()
	})
}

func TestA56ButtonsShowWhenTheyTakeAnAnswer(t *testing.T) {
	onStage(t, func(s *stage) {
		look := func(want kit.Rank) {
			t.Helper()
			for _, label := range []string{"Once", "For an hour", "Always", "No"} {
				if b := s.button(label); b.Rank() != want {
					t.Errorf("%s has rank %d, want %d", label, b.Rank(), want)
				}
			}
		}
		s.publishAsked(asker("1", "python3", python))
		look(kit.Resting)
		s.wait(answerDelay)
		look(kit.Plain)
		s.foreground()
		look(kit.Resting)
		s.wait(answerDelay / 2)
		s.typed('x')
		s.wait(answerDelay / 2)
		look(kit.Resting)
		s.wait(answerDelay / 2)
		look(kit.Plain)
	})
}

func TestA56AnotherQuestionBeginsAnew(t *testing.T) {
	first, second := asker("1", "python3", python), asker("2", "curl", "/usr/bin/curl")
	onStage(t, func(s *stage) {
		s.asks(first, second)
		s.w.win.Canvas().Focus(s.button("Once"))
		s.asks(first, second) // the same once more changes nothing
		s.wait(answerDelay)
		if s.focused() != fyne.Focusable(s.button("Once")) {
			t.Error("a snapshot takes the focus away")
		}
		s.publishAsked(second)
		s.mustSay("curl wants a token for Acme")
		if s.focused() != fyne.Focusable(s.button("No")) {
			t.Error("the next question begins where the last one was answered")
		}
		s.key(fyne.KeyReturn)
		s.press("Once")
		s.wantAnswers()
	})
	onStage(t, func(s *stage) { // the same request, but somebody else is signed in now
		s.asks(first)
		bob := asking(signedInto(acme(account.SignedIn)))
		bob.Who = &account.Person{Name: "Bob"}
		s.r.last.Accounts = []account.Account{bob}
		s.publishAsked(first)
		s.mustSay("Acme · Bob")
		s.press("Once")
		s.wantAnswers()
	})
}

func TestA56AWindowThatCameForwardWaitsAgain(t *testing.T) {
	onStage(t, func(s *stage) {
		s.asks(asker("1", "python3", python))
		s.w.win.Canvas().Focus(s.button("Once"))
		s.foreground()
		if s.focused() != fyne.Focusable(s.button("No")) {
			t.Error("the focus stays where Enter means yes")
		}
		s.press("Once")
		s.wantAnswers()
		s.wait(answerDelay)
		s.press("Once")
		s.wantAnswers("answer 1 once")
	})
}

func TestA56WhoTypesOnAnswersNothing(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.adding("Auth0")
		s.fill("globex")
		entry := find[*kit.Field](s.root())[0]
		s.w.win.Canvas().Focus(entry)
		s.publishAsked(asker("1", "python3", python))
		for range 10 { // slower than the answerDelay in all, but not between two keys
			s.typed('x')
			s.wait(answerDelay / 2)
			s.key(fyne.KeySpace)
			s.wait(answerDelay / 2)
		}
		s.key(fyne.KeyReturn)
		s.wantAnswers()
		if entry.Text != "globex" {
			t.Errorf("the form holds %q", entry.Text)
		}
		s.wait(answerDelay)
		s.typed('y') // also where somebody begins later
		s.key(fyne.KeySpace)
		s.wantAnswers()

		s.publishAsked() // answered elsewhere
		s.sheet("Auth0")
		if s.focused() != fyne.Focusable(entry) {
			t.Error("one has to find back into the form")
		}
		s.typed('-')
		if !strings.Contains(entry.Text, "-") {
			t.Errorf("the form holds %q", entry.Text)
		}
	})
}

func TestA56AFieldBelowThePromptDoesNotBlinkOn(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		p := &probe{}
		p.ExtendBaseWidget(p)
		s.w.Open("Probe", p, p, s.w.NewButton(kit.Primary, "Close", nil))
		s.publishAsked(asker("1", "python3", python))
		if p.focused {
			t.Error("it has the focus beneath the prompt")
		}
		s.publishAsked()
		if !p.focused {
			t.Error("it has lost the focus for good")
		}
	})
}

func TestA56EachAnswerIsWhatItsButtonSays(t *testing.T) {
	for label, want := range map[string]account.Answer{
		"Once": account.Once, "For an hour": account.AnHour, "Always": account.Always, "No": account.Refused,
	} {
		onStage(t, func(s *stage) {
			s.asks(asker("7", "python3", python))
			s.press(label)
			s.wantAnswers("answer 7 " + string(want))
		})
	}
	onStage(t, func(s *stage) {
		s.asks(asker("1", "A program", ""))
		if s.hasButton("Always") || !s.hasButton("For an hour") {
			t.Error("nobody can always be let in whom nobody knows")
		}
		s.mustSay("Your system does not tell which one")
	})
}

func TestA56ClosingTheWindowAnswersNothing(t *testing.T) {
	onStage(t, func(s *stage) {
		s.asks(asker("1", "python3", python))
		s.w.leave()
		s.settle()
		if s.app.window.closed != 1 {
			t.Error("the prompt keeps the window open")
		}
		s.wantAnswers()
	})
	onStage(t, func(s *stage) {
		s.r.last.Agent.Tray = false
		s.asks(asker("1", "python3", python))
		s.w.leave()
		s.sheet("Keep Keyfob open?") // what one has just asked for comes first
		s.publishAsked(asker("1", "python3", python))
		s.sheet("Keep Keyfob open?")
		s.key(fyne.KeyEscape)
		s.wantAnswers()
		s.sheet("python3 wants a token for Acme")
		s.press("Once") // it has just come back
		s.wantAnswers()
	})
}

func TestThePromptSaysWhoAsksForWhat(t *testing.T) {
	onStage(t, func(s *stage) {
		r := asker("1", "bash", "/usr/bin/bash")
		r.Program.ByKeyfob = true
		s.asks(r, asker("2", "curl", "/usr/bin/curl"), asker("3", "git", "/usr/bin/git"))
		for _, want := range []string{"bash wants a token for Acme", "/usr/bin/bash\nwith keyfob", "Acme · Jane Doe",
			"It can use the service in your name for as long as the token lives.", "No answer by 00:01 counts as no.",
			"2 more wait"} {
			s.mustSay(want)
		}
		s.publishAsked(r, asker("2", "curl", "/usr/bin/curl"))
		s.mustSay("1 more waits")
		s.publishAsked(r)
		if s.says("1 more waits") || s.says("2 more wait") {
			t.Error("nobody waits any more")
		}
		s.publishAsked()
		if s.w.prompt != nil || len(s.w.Sheets()) != 0 {
			t.Error("the prompt outlives its request")
		}
	})
}

func TestThePromptIsOnTopOfEverything(t *testing.T) {
	onStage(t, func(s *stage) {
		s.asks(asker("1", "python3", python))
		s.w.offer(globexProfile()) // a file that was on its way
		s.settle()
		s.sheet("python3 wants a token for Acme")
		s.publishAsked()
		form := s.sheet("Add Globex?")
		s.publishAsked(asker("2", "curl", "/usr/bin/curl"))
		form.Close() // by itself, with the prompt above it
		s.settle()
		s.sheet("curl wants a token for Acme")
		if len(s.w.Sheets()) != 1 {
			t.Errorf("%d sheets", len(s.w.Sheets()))
		}
	})
}

func TestAFreshWindowShowsAndBringsThePrompt(t *testing.T) {
	onStage(t, func(s *stage) {
		s.publishAsked(asker("1", "python3", python))
		s.sheet("python3 wants a token for Acme")
		if s.app.window.raised != 1 {
			t.Errorf("raised %d times", s.app.window.raised)
		}
	})
}

func TestAPromptGoesWithTheAgent(t *testing.T) {
	onStage(t, func(s *stage) {
		s.asks(asker("1", "python3", python))
		close(s.r.snapshots)
		s.settle()
		if s.w.prompt != nil {
			t.Error("a prompt of nobody")
		}
		s.mustSay("Keyfob has stopped. Sign-ins in your keychain are safe.")
	})
}

func TestAnAnswerThatDoesNotArriveIsTold(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["answer"] = fault.New(fault.DiskTrouble)
		s.asks(asker("1", "python3", python))
		s.press("Always")
		s.mustSay(view.Sentence(s.r.fail["answer"]))
		s.wait(answerDelay)
		s.press("No")
		s.wantAnswers("answer 1 always", "answer 1 no")
		s.publishAsked() // it was answered, though not kept
		s.mustSay(view.Sentence(s.r.fail["answer"]))
	})
}

func TestTabStaysInThePrompt(t *testing.T) {
	onStage(t, func(s *stage) {
		s.asks(asker("1", "python3", python))
		if got := s.tabs(); !slices.Equal(got, []string{"Once", "For an hour", "Always", "No"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestAPressOutsideThePromptReachesNothing(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(asking(signedInto(acme(account.SignedIn))))
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.card("acme").more).AddXY(5, 5)
		s.asks(asker("1", "python3", python))
		test.TapCanvas(s.w.win.Canvas(), at)
		s.settle()
		s.wantAnswers()
		s.sheet("python3 wants a token for Acme")
	})
}
