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

// The tones. A face shows each with a shape and a word, never with colour alone.
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

// State is what an account is in, in words: every face shows the same of it.
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
		return State{Line: Line{"Looking into your keychain", Busy}}
	case account.SigningIn:
		return State{Line: Line{"Finish signing in in your browser", Waiting}}
	case account.SigningOut:
		return State{Line: Line{"Signing out", Busy}}
	case account.SignedIn, account.Renewing:
		return signedIn(a, now)
	}
	problem := problemOf(a)
	if problem == nil {
		return State{Line: Line{"Signed out", Quiet}}
	}
	s := stateOf(at(problem, now), Needed)
	switch {
	case a.Status.HasSession():
		s.Tone = Attend
		s.wait(problem, now)
	case a.Status == account.NeedsSignIn && problem.Code == fault.CannotRenew:
		s.Text = "You need to sign in again: this sign-in cannot renew itself"
	}
	return s
}

// stateOf makes a state of what went wrong. Its line stands alone, so it has no full stop.
func stateOf(m Message, t Tone) State {
	text := m.What
	if !strings.HasSuffix(text, "...") {
		text = strings.TrimSuffix(text, ".")
	}
	return State{Line{text, t}, m.Next, m.Code, m.Detail}
}

// problemOf is what a's state speaks of; nil where nothing is wrong. A state that tells no problem has its usual one.
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

// wait says of a state in which somebody stays signed in that they do, and that Keyfob goes on by itself. Of an answer
// that was lost neither is sure.
func (s *State) wait(problem *fault.Error, now time.Time) {
	if problem.Code == fault.AnswerLost {
		return
	}
	s.Text = stopped(s.Text) + " Your sign-in is safe"
	if next := meanwhile(problem.Code); next != "" {
		s.Next = fill(next, problem, now)
	}
}

// stopped ends s as a sentence, where it does not end as one.
func stopped(s string) string {
	for _, end := range []string{".", "…", "?", "!"} {
		if strings.HasSuffix(s, end) {
			return s
		}
	}
	return s + "."
}

// meanwhile is what to do while Keyfob tries again by itself, where that is less than after an attempt of one's own.
func meanwhile(c fault.Code) string {
	switch c {
	case fault.Offline:
		return "Check the network. Keyfob tries again by itself."
	case fault.ProviderTrouble:
		return "Nothing to do: Keyfob tries again by itself[, at {until}]."
	case fault.RateLimited:
		return "Nothing to do: Keyfob waits and goes on by itself."
	}
	return ""
}

func signedIn(a account.Account, now time.Time) State {
	text := "Signed in"
	if who := Who(a.Who); who != "" {
		text += " as " + who
	}
	if !a.Renews {
		s := stateOf(at(fault.New(fault.CannotRenew), now), Attend)
		s.Text = text + " · cannot renew by itself"
		return s
	}
	return State{Line: Line{text + " · renews by itself", Good}}
}

// Besides is what else there is to know of a, in words, as far as its state does not say it: its notices, and before
// them a sign-in that failed while an older one holds.
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

// Who names a person by the best that is known: name, else e-mail, else subject. Empty for nobody.
func Who(p *account.Person) string {
	if p == nil {
		return ""
	}
	for _, s := range []string{p.Name, p.Email, p.Subject} {
		if s != "" {
			return s
		}
	}
	return ""
}

// Until says a moment as people do: "14:05", "tomorrow, 14:05", "Friday, 14:05", "3 March, 14:05". Both times are shown
// in now's location.
func Until(t, now time.Time) string {
	t = t.In(now.Location())
	clock := t.Format("15:04")
	switch days := daysBetween(now, t); {
	case days == 0:
		return clock
	case days == 1:
		return "tomorrow, " + clock
	case days == -1:
		return "yesterday, " + clock
	case days > 1 && days < 7:
		return t.Format("Monday, ") + clock
	case t.Year() == now.Year():
		return t.Format("2 January, ") + clock
	default:
		return t.Format("2 January 2006, ") + clock
	}
}

// daysBetween counts midnights, not 24 hours: a day may have 23 or 25.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}
