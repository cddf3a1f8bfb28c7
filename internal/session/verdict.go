package session

import (
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
)

const (
	// Renewals of one account are this far apart, those that callers cause and those of the loop.
	callerSpacing = 10 * time.Second
	loopSpacing   = 30 * time.Second

	// Pauses after a failed renewal, when the provider does not say how long.
	offlineMost = 10 * time.Minute
	troubleMost = 30 * time.Minute
	quotaPause  = time.Hour
	// The most that a provider may ask for, and for how long its quota may be used up: oauthflow's bounds.
	longestPause, longestQuota = time.Hour, 24 * time.Hour
)

// pauses are how long the loop leaves an account alone after a failure, and how long callers do (0: they need not).
type pauses struct{ loop, callers time.Duration }

// verdict is what a failed request for tokens means.
type verdict struct {
	status      account.Status
	again       bool // it may go well later
	callersWait bool // a caller may not cause a request before the loop does
}

// judge separates "try again later" from "ask the person" and from "tell the people who run it".
func judge(f *fault.Error) verdict {
	v := verdict{status: account.Trouble, again: true, callersWait: !f.Until.IsZero()}
	switch f.Code {
	case fault.SignInRequired, fault.DifferentPerson, fault.CannotRenew,
		fault.SignInDenied, fault.SignInBlocked, fault.WrongOrganization, fault.SecretRefused:
		return verdict{status: account.NeedsSignIn}
	case fault.ClientRefused, fault.SignInRefused:
		return verdict{status: account.Trouble, callersWait: true} // only a change at the provider can help
	case fault.Offline, fault.TLSFailure, fault.Portal:
		v.status = account.Offline
	case fault.RateLimited, fault.QuotaExhausted:
		v.status, v.callersWait = account.Limited, true
	}
	return v
}

// pause is how long everybody waits after a renewal failed.
func (c *core) pause(why *fault.Error, v verdict, failures int, now time.Time) pauses {
	p := pauses{loop: clock.Forever}
	if v.again {
		p.loop = c.patience(why, v.status, failures, now)
	}
	if v.callersWait {
		p.callers = p.loop
	}
	return p
}

// patience is as long as the provider says, within reason, else longer each time.
func (c *core) patience(why *fault.Error, status account.Status, failures int, now time.Time) time.Duration {
	longest := longestPause
	if why.Code == fault.QuotaExhausted {
		longest = longestQuota
	}
	if !why.Until.IsZero() {
		asked := min(max(why.Until.Sub(now.Round(0)), loopSpacing), longest)
		return asked + time.Duration(c.options.Rand()*float64(loopSpacing))
	}
	switch {
	case why.Code == fault.QuotaExhausted:
		return c.backoff(0, quotaPause, quotaPause)
	case status == account.Offline:
		return c.backoff(failures, loopSpacing, offlineMost)
	default:
		return c.backoff(failures, loopSpacing, troubleMost)
	}
}

// answerLost tells an error after which nobody knows whether the provider has acted.
func answerLost(err error) bool { return err != nil && fault.Of(err).MaybeSent }
