//go:build linux

package e2e

import (
	"slices"
	"testing"

	"keyfob/e2e/hostile"
	"keyfob/e2e/stage"
	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// renewal is what a renewal comes to at a provider that does one thing wrong.
type renewal struct {
	name   string
	code   fault.Code // "" where Keyfob can live with it
	status account.Status
	remedy remedy
}

// remedy is what brings a session back to work once the provider behaves again.
type remedy int

const (
	nothing  remedy = iota // it works
	byItself               // Keyfob tries again by itself, in half a minute
	restart                // Keyfob waits for longer, and asks at once after a restart
	person                 // somebody has to sign in
)

// session is one that was renewed.
type session struct {
	*victim
	renewal

	first string // the refresh token of the sign-in
}

// renewWrong signs people in at providers that behave, stops the agent, and has the next one renew the sessions at
// providers that do not. It returns when all of them behave again.
func (w *siege) renewWrong(t *testing.T) []session {
	t.Helper()
	var all []session
	for _, c := range renewals {
		v := w.victim(t, "renewal-"+c.name, hostile.None)
		v.wantSignIn()
		all = append(all, session{v, c, v.stored()})
	}
	w.keyfob(0, "agent", "stop")
	for _, s := range all {
		s.misbehave(s.name)
	}
	opened := w.OpenedCount()
	t.Run("renewal", func(t *testing.T) {
		for _, s := range all {
			t.Run(caseName(s.name), s.renewOnce)
		}
	})
	if n := w.OpenedCount(); n != opened {
		t.Errorf("a browser was opened %d times without being asked for", n-opened)
	}
	return all
}

// renewOnce asks for a token while the provider misbehaves, and looks at what is left of the session.
func (s session) renewOnce(t *testing.T) {
	v := s.in(t)
	var r stage.Run
	v.bounded(func() { r = must(v.Keyfob(v.ctx, "token", v.id))(t) })
	v.wantNobodyLured()
	a := v.account()
	if a.Status != s.status || fault.CodeOf(problemOf(a)) != s.code {
		t.Errorf("the account is %q, problem: %v", a.Status, a.Problem)
	}
	if s.code == "" && r.Code != 0 || s.code != "" && (r.Code == 0 || r.Out != "") {
		t.Errorf("keyfob token: exit code %d\n%s%s", r.Code, r.Out, r.Err)
	}
	if s.code != "" {
		v.wantFault(r.Err, s.code)
	}
	s.wantNothingLost(v)
	if n := v.provider.Counts()[hostile.TokenPath]; n > 3 { // one was for the code
		t.Errorf("the provider was asked for tokens %d times", n)
	}
	v.misbehave(hostile.None)
}

// wantNothingLost wants the keychain to hold the newest refresh token there is, or, where that is somebody else's, the
// one that it held before.
func (s session) wantNothingLost(v *victim) {
	v.Helper()
	token := v.stored()
	if s.remedy == person {
		if token != s.first {
			v.Error("the keychain holds another refresh token than before")
		}
	} else if state := v.provider.RefreshToken(token); state != "live" {
		v.Errorf("the refresh token in the keychain is %q at the provider", state)
	}
}

// renewAgain has the sessions renewed at providers that behave again, some time later: without a browser, but for
// those that are somebody else's now.
func (d *desk) renewAgain(all []session) {
	d.Helper()
	opened := d.OpenedCount()
	d.waitForRenewals(all)
	for _, s := range all {
		if s.remedy == nothing || s.remedy == byItself {
			d.keyfob(0, "token", s.id)
			s.in(d).wantKept()
		}
	}
	d.keyfob(0, "agent", "stop")
	for _, s := range all {
		if s.remedy == restart {
			d.keyfob(0, "token", s.id)
			s.in(d).wantKept()
		}
	}
	if n := d.OpenedCount(); n != opened {
		d.Errorf("a browser was opened %d times without being asked for", n-opened)
	}
	for _, s := range all {
		if s.remedy == person {
			d.keyfob(exitSignInRequired, "token", s.id)
			s.in(d).wantSignIn()
		}
	}
}

const exitSignInRequired = 3

// waitForRenewals waits until Keyfob has renewed by itself what it can.
func (d *desk) waitForRenewals(all []session) {
	d.Helper()
	err := d.WaitSnapshot(d.ctx, func(now account.Snapshot) bool {
		return !slices.ContainsFunc(all, func(s session) bool {
			a, _ := now.Account(s.id)
			return s.remedy == byItself && a.Status != account.SignedIn
		})
	})
	if err != nil {
		d.Error(err)
	}
}

// problemOf keeps a nil *fault.Error from becoming an error that is not nil.
func problemOf(a account.Account) error {
	if a.Problem == nil {
		return nil
	}
	return a.Problem
}
