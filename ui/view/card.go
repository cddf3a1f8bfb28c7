package view

import (
	"strings"
	"time"
	"unicode"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// LongWait is how long a person may be in the browser before the card wonders whether the callback address is allowed.
const LongWait = 20 * time.Second

// ClipboardTime is how long a token stays on the clipboard.
const ClipboardTime = 30 * time.Second

// Card is everything that an account's card shows.
type Card struct {
	ID, Name, Host, Monogram string
	Demo                     bool
	Status                   words.Line
	Next                     string // what the person can do about it
	Facts                    string // lines in a lower voice
	Notices                  []words.Line
	Wait                     Wait
	Note                     words.Line
	Primary, Second, After   Choice
	Urgent                   bool // Primary is what the person should do
	Enabled                  bool // all three
	Trouble                  bool // there is a cause to look at
	Menu                     []Choice
}

// Wait is what a card shows while a person is in the browser.
type Wait struct {
	Link     string // what the browser opens; empty: nobody waits
	Trouble  string // why nothing may be happening, where there is reason to think so
	Callback string // the address to allow, after a long wait
}

// Local is what only this window knows of an account.
type Local struct {
	Busy          Intent     // asked for, and not answered yet
	Copied        bool       // its token is on the clipboard
	Said          words.Line // the answer to what was asked last
	Err           error      // the answer, where it was an error
	Unopened      string     // the attempt whose browser did not open
	SignedOutHere bool       // signed out here a moment ago; the browser may have a session of its own
	LogoutPage    string     // where that ends, if the browser did not open on it
}

// Of makes the card of a at now.
func Of(a account.Account, l Local, now time.Time) Card {
	state := words.Status(a)
	v := Card{
		ID: a.ID, Name: a.Name, Host: a.Host, Monogram: monogram(a.Name), Demo: a.Demo,
		Status: state.Line, Next: state.Next, Facts: strings.Join(facts(a, now), "\n"),
		Notices: noticesOf(a, l), Wait: waitOf(a, l, now), Note: noteOf(state, l), Menu: menuOf(a),
	}
	v.Primary, v.Urgent = primaryOf(a, now)
	v.Second, v.After = secondOf(a), afterOf(a, l)
	v.Enabled = l.Busy == Nothing
	v.Trouble = v.Note.Tone == words.Needed || state.Code != "" && !a.Status.HasSession()
	return v
}

// noticesOf are what a person should know besides the state. What was answered a moment ago is not said twice.
func noticesOf(a account.Account, l Local) []words.Line {
	var all []words.Line
	for _, m := range words.Besides(a) {
		if m.Code != string(fault.CodeOf(l.Err)) {
			all = append(all, words.Line{Text: both(m), Tone: words.Attend})
		}
	}
	return all
}

// monogram is the first letter of a name; nothing for a name of signs.
func monogram(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return ""
}

func waitOf(a account.Account, l Local, now time.Time) Wait {
	if a.Attempt == nil || a.Status != account.SigningIn {
		return Wait{}
	}
	v := Wait{Link: a.Attempt.URL}
	switch {
	case l.Unopened == a.Attempt.ID:
		v.Trouble = words.T("ui.wait.no-browser")
	case !now.Before(a.Attempt.Started.Add(LongWait)):
		v.Trouble = words.T("ui.wait.long")
		v.Callback = a.Attempt.RedirectURI
	}
	return v
}

// noteOf is the answer to what was asked last, unless the account's own state says the same.
func noteOf(state words.State, l Local) words.Line {
	switch {
	case l.Copied:
		return words.Line{Text: words.T("ui.card.copied", "seconds", int(ClipboardTime.Seconds())), Tone: words.Good}
	case l.Err == nil:
		return l.Said
	case state.Code == string(fault.CodeOf(l.Err)):
		return words.Line{}
	}
	return Complaint(l.Err)
}
