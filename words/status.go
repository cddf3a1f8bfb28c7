package words

import (
	"strings"
	"time"

	"keyfob/account"
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

// Line is an account's state in words.
type Line struct {
	Text string
	Tone Tone
}

// Status is the state of an account in one line.
func Status(a account.Account) Line {
	switch a.Status {
	case account.Loading:
		return Line{"Looking into your keychain", Busy}
	case account.SigningIn:
		return Line{"Finish signing in in your browser", Waiting}
	case account.SignedIn, account.Renewing:
		return signedIn(a)
	case account.Offline:
		return Line{"Offline. Your sign-in is safe; Keyfob tries again by itself", Attend}
	case account.Trouble:
		return inTrouble(a)
	case account.Limited:
		return Line{a.Name + " asks Keyfob to slow down. Your sign-in is safe", Attend}
	case account.NeedsSignIn:
		return Line{needsSignIn(a), Needed}
	case account.KeychainLocked:
		return Line{"Your keychain is locked. Unlock it to go on", Needed}
	case account.SigningOut:
		return Line{"Signing out", Busy}
	default:
		return signedOut(a)
	}
}

func inTrouble(a account.Account) Line {
	if a.Problem != nil && a.Problem.Code == fault.AnswerLost {
		return Line{a.Name + " did not answer. Keyfob asks again when a token is needed", Attend}
	}
	return Line{a.Name + " has a problem of its own. Your sign-in is safe", Attend}
}

func needsSignIn(a account.Account) string {
	text := a.Name + " asks you to sign in again"
	if a.Problem == nil {
		return text
	}
	switch why := a.Problem.Args["why"]; {
	case a.Problem.Code == fault.DifferentPerson, why == fault.WhyBlocked:
		return strings.TrimSuffix(Of(a.Problem).What, ".")
	case because[why] != "":
		return text + ": " + because[why]
	default:
		return text
	}
}

func signedIn(a account.Account) Line {
	text := "Signed in"
	if who := Who(a.Who); who != "" {
		text += " as " + who
	}
	if !a.Renews {
		return Line{text + " · cannot renew by itself", Attend}
	}
	return Line{text + " · renews by itself", Good}
}

func signedOut(a account.Account) Line {
	if a.Problem == nil {
		return Line{"Signed out", Quiet}
	}
	return Line{strings.TrimSuffix(Of(a.Problem).What, "."), Needed}
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
