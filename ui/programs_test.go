package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/ui/view"
)

const askChoice = "Ask before a program gets a token"

func TestAskFirstIsSwitchedOnAtOnceAndOffAfterAQuestion(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.policy.Always = []string{"/usr/bin/git"}
		s.show(signedInto(acme(account.SignedIn)))
		s.choose("acme", askChoice)
		s.wantAnswers("policy acme", "set policy acme")
		if !s.r.policy.AskFirst || !slices.Equal(s.r.policy.Always, []string{"/usr/bin/git"}) {
			t.Errorf("%+v", s.r.policy)
		}
		s.show(asking(signedInto(acme(account.SignedIn))))
		if !strings.HasSuffix(s.card("acme").view.Facts, "\nAsks before a program gets a token") {
			t.Errorf("%q", s.card("acme").view.Facts)
		}
		s.choose("acme", askChoice)
		s.sheet("Stop asking?")
		s.key(fyne.KeyReturn) // on "Keep asking"
		s.wantAnswers()
		s.choose("acme", askChoice)
		s.press("Stop asking")
		s.wantAnswers("policy acme", "set policy acme")
		if s.r.policy.AskFirst || len(s.r.policy.Always) != 1 {
			t.Errorf("%+v", s.r.policy)
		}
	})
}

func TestTheMenuShowsThatAskFirstIsOn(t *testing.T) {
	onStage(t, func(s *stage) {
		marks := func() int {
			s.press("More")
			n := len(find[*canvas.Image](s.root()))
			s.key(fyne.KeyEscape)
			return n
		}
		s.show(acme(account.SignedOut))
		if n := marks(); n != 0 {
			t.Errorf("off: %d check marks", n)
		}
		s.show(asking(acme(account.SignedOut)))
		if n := marks(); n != 1 {
			t.Errorf("on: %d check marks", n)
		}
	})
}

func TestASwitchThatFailsIsToldOnTheCard(t *testing.T) {
	for _, method := range []string{"policy", "set policy"} {
		onStage(t, func(s *stage) {
			s.r.fail[method] = fault.New(fault.DiskTrouble)
			s.show(signedInto(acme(account.SignedIn)))
			s.choose("acme", askChoice)
			s.mustSay(view.Sentence(s.r.fail[method]))
		})
	}
}

func TestProgramsShowsTheLedger(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.choose("acme", "Programs…")
		s.sheet("Programs that use Acme")
		s.mustSay("No program has asked for a token yet.")
		s.mustSay("Every program that you run gets a token when it asks.")
		s.press("Close")
		s.wantAnswers("policy acme", "log acme")

		s.r.policy.AskFirst = true
		s.r.handed = ledger()
		for i := range 60 {
			h := ledger()[0]
			h.Program.Name = fmt.Sprint("tool", i)
			s.r.handed = append(s.r.handed, h)
		}
		s.choose("acme", "Programs…")
		for _, want := range []string{"Keyfob asks you before a program gets a token.", "git", "/usr/bin/git",
			"12 tokens since yesterday, 23:00, valid until 20:00", "bash, with keyfob", "yesterday, 22:00", "Refused",
			"tool46"} {
			s.mustSay(want)
		}
		if s.says("tool47") {
			t.Error("the list has no end")
		}
		s.r.fail["log"] = fault.New(fault.NoAgent)
		s.press("Close")
		s.choose("acme", "Programs…")
		s.mustSay(view.Sentence(s.r.fail["log"]))
	})
}

func TestALongSheetScrollsByKeyboard(t *testing.T) {
	onStage(t, func(s *stage) {
		for range 20 {
			s.r.handed = append(s.r.handed, ledger()...)
		}
		s.show(signedInto(acme(account.SignedIn)))
		s.choose("acme", "Programs…")
		scroll := s.sheet("Programs that use Acme").Scroll
		at := scroll.Offset.Y
		for _, step := range []struct {
			key  fyne.KeyName
			down bool
		}{{fyne.KeyDown, true}, {fyne.KeyPageDown, true}, {fyne.KeyUp, false}, {fyne.KeyPageUp, false}} {
			s.key(step.key)
			if now := scroll.Offset.Y; now > at != step.down {
				t.Errorf("%s: from %v to %v", step.key, at, now)
			}
			at = scroll.Offset.Y
		}
		if at != 0 {
			t.Errorf("it ends at %v", at)
		}
	})
}

func TestAProgramIsForgotten(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.policy = account.Policy{AskFirst: true, Always: []string{"/usr/bin/git", python}}
		s.show(asking(signedInto(acme(account.SignedIn))))
		s.choose("acme", "Programs…")
		s.r.policy.Always = append(s.r.policy.Always, "/usr/bin/curl") // answered meanwhile
		s.r.called()

		s.r.fail["set policy"] = fault.New(fault.DiskTrouble)
		s.press("Forget /usr/bin/git")
		s.mustSay(view.Sentence(s.r.fail["set policy"]))
		s.mustSay("/usr/bin/git")
		delete(s.r.fail, "set policy")
		s.press("Forget /usr/bin/git")
		if s.says("/usr/bin/git") || s.says(view.Sentence(fault.New(fault.DiskTrouble))) {
			t.Error("it is still there")
		}
		if want := []string{python, "/usr/bin/curl"}; !slices.Equal(s.r.policy.Always, want) || !s.r.policy.AskFirst {
			t.Errorf("%+v", s.r.policy)
		}
		if s.w.win.Canvas().Focused() != fyne.Focusable(s.button("Close")) {
			t.Error("the focus went with the button")
		}
		s.press("Forget " + python)
		if s.says("Always allowed") {
			t.Error("a heading of nothing")
		}
	})
}
