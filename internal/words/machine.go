package words

import (
	"cmp"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// machineAt is the state of an account that is a program's own: nobody is signed in or out, and Keyfob does nothing
// before a token is needed.
func machineAt(a account.Account, now time.Time) State {
	switch a.Status {
	case account.Loading:
		return State{Line: Line{T("status.loading"), Busy}}
	case account.SigningOut:
		return State{Line: Line{T("status.forgetting"), Busy}}
	case account.SignedIn, account.Renewing:
		return State{Line: Line{ready(a.Machine), Good}}
	default:
		return machineWrong(a, now)
	}
}

// machineWrong is a state that is about what is wrong. Where no problem is told, an account without a session has no
// secret yet.
func machineWrong(a account.Account, now time.Time) State {
	problem := cmp.Or(problemOf(a), fault.New(fault.Internal))
	if a.Problem == nil && (a.Status == account.SignedOut || a.Status == account.NeedsSignIn) {
		problem = fault.New(fault.SecretMissing, "id", a.ID)
	}
	s := stateOf(at(problem, now), Needed)
	if a.Status.HasSession() {
		s.Tone = Attend
		s.Next = cmp.Or(about(problem, "when-needed", now), s.Next)
	}
	s.Text = cmp.Or(about(problem, "line", now), s.Text)
	return s
}

// ready says that a token can be had and, where it is known, how long one lasts.
func ready(m *account.Machine) string {
	if m.Lifetime <= 0 {
		return T("status.ready")
	}
	return T("status.ready", "lifetime", time.Duration(m.Lifetime)*time.Second)
}

// Meter says how many tokens were asked for: "3 today, 12 this month, 988 left until 1 April, 02:00".
func Meter(m account.Meter, now time.Time) string {
	args := []any{"today", m.Today, "month", m.Month}
	if m.Limit > 0 {
		args = append(args, "left", m.Left(), "until", m.Resets)
	}
	return textAt(now, "meter.counted", args...)
}

// Used is Meter as a window says it: "12 tokens this month, 480 reused", and where there is a limit
// "12 of 1,000 tokens this month, 480 reused. Begins anew on 1 December". The day is that of UTC, as providers count.
func Used(m account.Meter) string {
	args := []any{"n", m.Month}
	if m.Reused > 0 {
		args = append(args, "reused", m.Reused)
	}
	if m.Limit > 0 {
		args = append(args, "n", m.Limit, "used", m.Month)
		if !m.Resets.IsZero() {
			args = append(args, "day", Day(m.Resets.UTC()))
		}
		return T("meter.used-of-limit", args...)
	}
	return T("meter.used", args...)
}

// Quota says how much of a quota of the provider is left: "90 of 100 left until 14:05".
func Quota(q account.Quota, now time.Time) string {
	var until time.Time
	if q.Resets.After(now) {
		until = q.Resets
	}
	return textAt(now, "meter.quota", "left", q.Left, "size", q.Size, "until", until)
}
