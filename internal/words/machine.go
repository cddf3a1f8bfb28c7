package words

import (
	"cmp"
	"strconv"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// machineAt is the state of an account that is a program's own: nobody is signed in or out, and nothing is done before a
// token is needed.
func machineAt(a account.Account, now time.Time) State {
	problem := problemOf(a)
	switch a.Status {
	case account.Loading:
		return State{Line: Line{"Looking into your keychain", Busy}}
	case account.SigningOut:
		return State{Line: Line{"Forgetting the token", Busy}}
	case account.SignedIn, account.Renewing:
		return State{Line: Line{"Ready" + lasts(a.Machine.Lifetime), Good}}
	case account.SignedOut, account.NeedsSignIn:
		if a.Problem == nil {
			problem = fault.New(fault.SecretMissing, "id", a.ID)
		}
	}
	problem = cmp.Or(problem, fault.New(fault.Internal))
	s := stateOf(at(problem, now), Needed)
	if a.Status.HasSession() {
		s.Tone = Attend
		s.whenNeeded(problem, now)
	}
	if text := shortly(problem.Code); text != "" {
		s.Text = fill(text, problem, now)
	}
	return s
}

// shortly is a state of a machine on one line, where its problem has a longer one.
func shortly(c fault.Code) string {
	switch c {
	case fault.SecretMissing:
		return "Needs its secret"
	case fault.SecretRefused:
		return "The service refuses the secret"
	case fault.CapReached:
		return "Cap reached[ until {until}]"
	}
	return ""
}

// whenNeeded says of what passes by itself that nobody tries before a token is needed.
func (s *State) whenNeeded(problem *fault.Error, now time.Time) {
	switch problem.Code {
	case fault.Offline:
		s.Next = "Check the network. Keyfob asks again when a token is needed."
	case fault.ProviderTrouble, fault.RateLimited, fault.AnswerLost:
		s.Next = fill("Nothing to do: Keyfob asks again when a token is needed[, after {until}].", problem, now)
	}
}

// lasts says how long one token does, in seconds.
func lasts(seconds int64) string {
	const minute, hour, day = 60, 60 * 60, 24 * 60 * 60
	var text string
	switch {
	case seconds <= 0:
		return ""
	case seconds >= day:
		text = several(seconds/day, "a day", "days")
	case seconds >= hour:
		text = several(seconds/hour, "an hour", "hours")
	case seconds >= minute:
		text = several(seconds/minute, "a minute", "minutes")
	default:
		text = several(seconds, "a second", "seconds")
	}
	return " · one token lasts " + text
}

func several(n int64, one, more string) string {
	if n == 1 {
		return one
	}
	return strconv.FormatInt(n, 10) + " " + more
}

// Meter is what a machine's tokens were counted at, in words: "3 today, 12 this month, 988 left until 1 April, 02:00".
func Meter(m account.Meter, now time.Time) string {
	text := strconv.Itoa(m.Today) + " today, " + strconv.Itoa(m.Month) + " this month"
	if m.Limit > 0 {
		text += ", " + strconv.Itoa(m.Left()) + " left until " + Until(m.Resets, now)
	}
	return text
}

// Used is Meter as a window says it: "12 tokens this month, 480 reused", and where there is a limit
// "12 of 1,000 tokens this month, 480 reused. Begins anew on 1 December". The day is that of UTC, by which it is counted.
func Used(m account.Meter) string {
	text := grouped(m.Month)
	if m.Limit > 0 {
		text += " of " + grouped(m.Limit)
	}
	if text == "1" {
		text += " token this month"
	} else {
		text += " tokens this month"
	}
	if m.Reused > 0 {
		text += ", " + grouped(m.Reused) + " reused"
	}
	if m.Limit > 0 && !m.Resets.IsZero() {
		text += ". Begins anew on " + m.Resets.UTC().Format("2 January")
	}
	return text
}

// grouped is a count with commas: 12,000.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Quota is what a provider says is left of one of its own, in words: "90 of 100 left until 14:05".
func Quota(q account.Quota, now time.Time) string {
	text := strconv.FormatInt(q.Left, 10) + " of " + strconv.FormatInt(q.Size, 10) + " left"
	if q.Resets.After(now) {
		text += " until " + Until(q.Resets, now)
	}
	return text
}
