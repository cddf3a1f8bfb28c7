package ui

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words/wordstest"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

const copyAnswer = "Copy answer"

// calling opens the sheet for a call.
func (s *stage) calling() {
	s.t.Helper()
	s.r.profiles["acme"] = profile.Profile{ID: "acme", API: &profile.API{
		BaseURLs: []string{"https://api.acme.example/v1"}, TestURL: "https://api.acme.example/v1/me"}}
	a := signedInto(acme(account.SignedIn))
	a.API = true
	s.show(a)
	s.choose("acme", "Try a call…")
	s.sheet("Call Acme")
}

func (s *stage) answers(r Reply, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = func() (Reply, error) { return r, err }
}

func TestOnlyAnAccountWithAnAPICanBeCalled(t *testing.T) {
	for _, a := range []account.Account{acme(account.SignedIn), machine(account.SignedIn)} {
		for _, has := range []bool{false, true} {
			a.API = has
			v := view.Of(wordstest.WithActions(a), view.Local{}, monday)
			if strings.Contains(labels(v.Menu), "Try a call…") != has {
				t.Errorf("%s: %s", a.ID, labels(v.Menu))
			}
		}
	}
}

func TestACallIsSentAndItsAnswerShown(t *testing.T) {
	onStage(t, func(s *stage) {
		s.calling()
		fields := find[*kit.Field](s.root())
		if len(fields) != 1 || fields[0].Text != "https://api.acme.example/v1/me" {
			t.Fatalf("%d fields", len(fields))
		}
		s.answers(Reply{
			Status: "200 OK", Took: 123456 * time.Microsecond, Headers: []string{"X-A: b"}, Body: "{}", Cut: true,
		}, nil)
		s.key(fyne.KeyReturn)
		s.mustSay("200 OK in 123 ms")
		s.mustSay("{}")
		s.mustSay("Only the beginning is shown. keyfob call prints all of it.")
		if s.says("X-A: b") {
			t.Error("the headers are not folded away")
		}
		s.press("Headers")
		s.mustSay("X-A: b")
		s.press("PUT")
		fields = find[*kit.Field](s.root())
		fields[0].SetText(" /orders ")
		fields[1].SetText("{\n}")
		s.answers(Reply{Status: "403 Forbidden", Problem: fault.New(fault.APIForbidden, "host", "h", "scope", "x")}, nil)
		s.press("Send")
		s.mustSay(view.Sentence(fault.New(fault.APIForbidden, "host", "h", "scope", "x")))
		s.press("DELETE")
		s.answers(Reply{}, fault.New(fault.APIElsewhere, "host", "h", "id", "acme"))
		s.press("Send")
		s.mustSay(view.Sentence(fault.New(fault.APIElsewhere, "host", "h", "id", "acme")))
		want := []Call{{"GET", "https://api.acme.example/v1/me", ""}, {"PUT", "/orders", "{\n}"}, {"DELETE", "/orders", ""}}
		if !slices.Equal(s.called, want) {
			t.Errorf("%+v", s.called)
		}
	})
}

func TestACallCanBeCancelledAndEndsWithItsSheet(t *testing.T) {
	onStage(t, func(s *stage) {
		s.calling()
		s.press("Send")
		s.mustSay("Waiting for an answer to GET https://api.acme.example/v1/me…")
		s.waits(fewer("api.acme.example"))
		s.settle()
		s.mustSay("Waiting until 14:03:07: api.acme.example wants fewer requests…")
		s.press("Cancel")
		s.waits(account.Wait{For: account.WaitAnswer, Host: "api.acme.example"})
		s.settle()
		s.mustSay("Cancelled. The API may have acted all the same")
		s.press("Send") // finish waits for it, should Escape not end it
		s.key(fyne.KeyEscape)
		if len(s.w.Sheets()) != 0 || len(s.called) != 2 {
			t.Errorf("%d calls", len(s.called))
		}
	})
}

func TestTheTokenCanBeLookedAt(t *testing.T) {
	onStage(t, func(s *stage) {
		s.calling()
		s.press("Look at token")
		s.mustSay("Nothing here is checked.")
		s.mustSay("{\n  \"aud\": \"https://api.acme.example\"\n}")
		if s.says(testToken) {
			t.Error("the token itself is shown")
		}
		s.r.fail["token"] = fault.New(fault.Offline, "host", "h")
		s.press("Look at token")
		s.mustSay(view.Sentence(s.r.fail["token"]))
	})
}

// The window draws as much as it can draw at once. What it read can be copied.
func TestALongAnswerIsCutAndCanBeCopied(t *testing.T) {
	for _, long := range []string{strings.Repeat("é", 40<<10), strings.Repeat("{}\n", 20<<10)} {
		onStage(t, func(s *stage) {
			s.calling()
			if s.hasButton(copyAnswer) {
				t.Error("there is nothing to copy yet")
			}
			s.answers(Reply{Status: "200 OK", Body: long}, nil)
			s.press("Send")
			s.mustSay("Only the beginning is shown. keyfob call prints all of it.")
			s.mustSay(beginning(long))
			if n := len(beginning(long)); n < 400 || n > 6004 || !utf8.ValidString(beginning(long)) {
				t.Errorf("%d bytes are shown", n)
			}
			s.press(copyAnswer)
			if s.app.Clipboard().Content() != long {
				t.Error("not all of it was copied")
			}
			s.answers(Reply{Status: "204 No Content"}, nil)
			s.press("Send")
			if s.hasButton(copyAnswer) || s.hasButton("Copied") {
				t.Error("one could copy nothing")
			}
		})
	}
}

func TestTabLeadsThroughACall(t *testing.T) {
	onStage(t, func(s *stage) {
		s.calling()
		s.press("POST")
		want := []string{"GET", "POST", "PUT", "PATCH", "DELETE", "field", "field", "Close", "Look at token", "Send"}
		if got := s.tabs(); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if find[*kit.Field](s.root())[1].AcceptsTab() {
			t.Error("one cannot leave the body by keyboard")
		}
	})
}

// A small window shows what is waited for, below all that one has typed.
func TestWhatACallWaitsForComesIntoView(t *testing.T) {
	onStage(t, func(s *stage) {
		s.size(360, 420)
		s.calling()
		s.press("POST")
		s.press("Send")
		first := s.w.Top().Scroll.Offset.Y
		if first == 0 {
			t.Error("it stays below the edge")
		}
		s.waits(fewer("api.a-long-name-of-a-host-that-takes-much-room.acme.example"))
		s.settle()
		if s.w.Top().Scroll.Offset.Y <= first {
			t.Error("its end is below the edge")
		}
	})
}

// fewer is what a call waits for at an API that wants fewer requests.
func fewer(host string) account.Wait {
	until := time.Date(2030, 1, 2, 14, 3, 7, 0, time.Local)
	return account.Wait{For: account.WaitLess, Host: host, Until: until}
}
