package words

import (
	"cmp"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// Tone says how a line is meant, for the mark and the colour beside it.
type Tone int

// The tones. Each is shown with a shape and a word, never with a colour alone.
const (
	Quiet   Tone = iota // nothing is wrong, nothing is on
	Good                // signed in
	Busy                // something is under way
	Waiting             // a person is in the browser
	Attend              // works or will work by itself, but worth a look
	Needed              // needs the person
)

// Line is a line for people, with the tone that it is meant in.
type Line struct {
	Text string
	Tone Tone
}

// State is the state of an account in words: window, tray and command line show the same.
type State struct {
	Line
	Next   string // what to do next; empty where nothing is wrong
	Code   string // what to tell support; empty where nothing is wrong
	Detail string // the technical cause; may be empty
}

// Status is the state of an account in words.
func Status(a account.Account) State { return statusAt(a, time.Now()) }

func statusAt(a account.Account, now time.Time) State {
	if a.Machine != nil {
		return machineAt(a, now)
	}
	switch a.Status {
	case account.Loading:
		return State{Line: Line{T("status.loading"), Busy}}
	case account.SigningIn:
		return State{Line: Line{T("status.signing-in"), Waiting}}
	case account.SigningOut:
		return State{Line: Line{T("status.signing-out"), Busy}}
	case account.SignedIn, account.Renewing:
		return signedIn(a, now)
	default:
		return wrong(a, now)
	}
}

// wrong is a state that is about what is wrong.
func wrong(a account.Account, now time.Time) State {
	problem := problemOf(a)
	if problem == nil {
		return State{Line: Line{T("status.signed-out"), Quiet}}
	}
	s := stateOf(at(problem, now), Needed)
	switch {
	case a.Status.HasSession():
		s.Tone = Attend
		s.wait(problem, now)
	case a.Status == account.NeedsSignIn && problem.Code == fault.CannotRenew:
		s.Text = T("status.ended-without-renewal")
	}
	return s
}

// stateOf makes a state of a message. Its line stands alone, so it has no full stop.
func stateOf(m Message, t Tone) State {
	text := m.What
	if !strings.HasSuffix(text, "...") {
		text = strings.TrimSuffix(text, ".")
	}
	return State{Line{text, t}, m.Next, m.Code, m.Detail}
}

// problemOf is the problem that a's state is about; nil where nothing is wrong. Where a has none it is the usual
// problem of its state.
func problemOf(a account.Account) *fault.Error {
	host := cmp.Or(a.Host, a.Name)
	switch {
	case a.Problem != nil:
		return a.Problem
	case a.Status == account.Offline:
		return fault.New(fault.Offline, "host", host)
	case a.Status == account.Trouble:
		return fault.New(fault.ProviderTrouble, "host", host)
	case a.Status == account.Limited:
		return fault.New(fault.RateLimited, "host", host)
	case a.Status == account.NeedsSignIn:
		return fault.New(fault.SignInRequired)
	case a.Status == account.KeychainLocked:
		return fault.New(fault.KeychainLocked)
	}
	return nil
}

// wait adds that the sign-in is safe and that Keyfob goes on by itself. After an answer that was lost neither is sure.
func (s *State) wait(problem *fault.Error, now time.Time) {
	if problem.Code == fault.AnswerLost {
		return
	}
	s.Text = T("status.safe", "problem", stopped(s.Text))
	if next := about(problem, "meanwhile", now); next != "" {
		s.Next = next
	}
}

// stopped adds a full stop to a sentence that has none.
func stopped(s string) string {
	for _, end := range []string{".", "…", "?", "!", "]"} {
		if strings.HasSuffix(s, end) {
			return s
		}
	}
	return s + "."
}

func signedIn(a account.Account, now time.Time) State {
	if !a.Renews {
		s := stateOf(at(fault.New(fault.CannotRenew), now), Attend)
		s.Text = T("status.signed-in-once", "who", Who(a.Who))
		return s
	}
	return State{Line: Line{T("status.signed-in", "who", Who(a.Who)), Good}}
}

// Besides is what else there is to know about a, as far as its state does not say it: a sign-in that failed while an
// older one holds, and a's notices.
func Besides(a account.Account) []Message {
	var all []Message
	said := Status(a).Code
	tell := func(f *fault.Error) {
		if m := Of(f); m.Code != said {
			all = append(all, m)
		}
	}
	if a.Problem != nil && (a.Status == account.SignedIn || a.Status == account.Renewing) {
		tell(a.Problem)
	}
	for _, n := range a.Notices {
		tell(n)
	}
	return all
}

// Who is how a person is called; empty for nobody.
func Who(p *account.Person) string {
	if p == nil {
		return ""
	}
	return p.Called()
}
