package session

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// of is what an account of a person holds.
func of(e *entry) *person { return e.holding.(*person) }

// events are all that can happen to an account.
func events(now time.Time) map[string]func(*entry) {
	fail := func(code fault.Code) func(*entry) {
		return func(e *entry) {
			why := fault.New(code)
			e.notRenewedLocked(why, judge(why), now, pauses{loop: time.Minute})
		}
	}
	somebody := func() *signedIn {
		r := record{refresh: secretOf("r")}
		return &signedIn{record: r, hand: hand{access: secretOf("a"), lifetime: time.Hour, issued: now, held: now}}
	}
	return map[string]func(*entry){
		"found":       func(e *entry) { of(e).foundLocked(somebody(), now, time.Second) },
		"nothing":     func(e *entry) { e.foundNothingLocked(nil) },
		"corrupt":     func(e *entry) { e.foundNothingLocked(fault.New(fault.KeychainFailed)) },
		"locked":      func(e *entry) { e.cannotReadLocked(fault.New(fault.KeychainLocked)) },
		"no keychain": func(e *entry) { e.cannotReadLocked(fault.New(fault.KeychainMissing)) },
		"began":       func(e *entry) { of(e).beganLocked(&attempt{}) },
		"cancelled":   func(e *entry) { of(e).attemptOverLocked(fault.New(fault.SignInCancelled)) },
		"denied":      func(e *entry) { of(e).attemptOverLocked(fault.New(fault.SignInDenied)) },
		"broke":       func(e *entry) { of(e).attemptOverLocked(errors.New("untyped")) },
		"came back":   func(e *entry) { of(e).signedInLocked(somebody(), now, time.Minute); of(e).attemptOverLocked(nil) },
		"renewing":    func(e *entry) { e.flight = &flight{} },
		"landed":      func(e *entry) { e.flight = nil },
		"renewed":     func(e *entry) { e.freshLocked(now, time.Minute) },
		"offline":     fail(fault.Offline),
		"5xx":         fail(fault.ProviderTrouble),
		"429":         fail(fault.RateLimited),
		"refused":     fail(fault.SignInRequired),
		"lapsed":      func(e *entry) { of(e).lapsedLocked() },
		"signing out": func(e *entry) { e.signOuts++ },
		"signed out":  func(e *entry) { of(e).signedOutLocked(nil) },
		"over":        func(e *entry) { e.signOuts-- },
	}
}

func TestStates(t *testing.T) {
	core, now := New(Options{}).core, time.Now()
	for _, c := range []struct {
		script  []string
		want    account.Status
		problem fault.Code
	}{
		{nil, account.Loading, ""},
		{[]string{"nothing"}, account.SignedOut, ""},
		{[]string{"corrupt"}, account.SignedOut, fault.KeychainFailed},
		{[]string{"found"}, account.SignedIn, ""},
		{[]string{"locked"}, account.KeychainLocked, fault.KeychainLocked},
		{[]string{"no keychain"}, account.SignedOut, ""},
		{[]string{"locked", "found"}, account.SignedIn, ""},
		{[]string{"locked", "nothing"}, account.SignedOut, ""},
		{[]string{"locked", "no keychain"}, account.SignedOut, ""},

		{[]string{"nothing", "began"}, account.SigningIn, ""},
		{[]string{"nothing", "began", "cancelled"}, account.SignedOut, ""},
		{[]string{"nothing", "began", "denied"}, account.SignedOut, fault.SignInDenied},
		{[]string{"nothing", "began", "broke"}, account.SignedOut, fault.Internal},
		{[]string{"nothing", "began", "denied", "began"}, account.SigningIn, ""},
		{[]string{"nothing", "began", "denied", "began", "cancelled"}, account.SignedOut, ""},
		{[]string{"nothing", "began", "came back"}, account.SignedIn, ""},

		{[]string{"found", "renewing"}, account.Renewing, ""},
		{[]string{"found", "renewing", "renewed", "landed"}, account.SignedIn, ""},
		{[]string{"found", "renewing", "offline", "landed"}, account.Offline, fault.Offline},
		{[]string{"found", "renewing", "5xx", "landed"}, account.Trouble, fault.ProviderTrouble},
		{[]string{"found", "renewing", "429", "landed"}, account.Limited, fault.RateLimited},
		{[]string{"found", "renewing", "refused", "landed"}, account.NeedsSignIn, fault.SignInRequired},
		{[]string{"found", "offline", "renewing", "renewed", "landed"}, account.SignedIn, ""},
		{[]string{"found", "offline", "renewing"}, account.Offline, fault.Offline},
		{[]string{"found", "offline", "5xx"}, account.Trouble, fault.ProviderTrouble},
		{[]string{"found", "lapsed"}, account.NeedsSignIn, fault.CannotRenew},

		{[]string{"found", "began"}, account.SigningIn, ""},
		{[]string{"found", "began", "renewing"}, account.SigningIn, ""},
		{[]string{"found", "began", "cancelled"}, account.SignedIn, ""},
		{[]string{"found", "refused", "began", "cancelled"}, account.NeedsSignIn, fault.SignInRequired},
		{[]string{"found", "refused", "began", "denied"}, account.NeedsSignIn, fault.SignInDenied},
		{[]string{"found", "refused", "began", "came back"}, account.SignedIn, ""},
		{[]string{"found", "offline", "began", "came back"}, account.SignedIn, ""},

		{[]string{"found", "signing out"}, account.SigningOut, ""},
		{[]string{"found", "renewing", "signing out"}, account.SigningOut, ""},
		{[]string{"found", "signing out", "signed out", "over"}, account.SignedOut, ""},
		{[]string{"found", "refused", "signing out", "signed out", "over"}, account.SignedOut, ""},
		{[]string{"found", "signing out", "signing out", "signed out", "over"}, account.SigningOut, ""},
	} {
		e := newEntry(core, "acme")
		for _, name := range c.script {
			events(now)[name](e)
		}
		a := e.accountLocked(now)
		if a.Status != c.want || fault.CodeOf(orNil(a.Problem)) != c.problem {
			t.Errorf("%q: %s with problem %v, want %s with %q", c.script, a.Status, a.Problem, c.want, c.problem)
		}
		if asks := slices.Contains(c.script, "renewing") && !slices.Contains(c.script, "landed"); a.InFlight != asks {
			t.Errorf("%q: in flight: %v", c.script, a.InFlight)
		}
	}
}

func orNil(f *fault.Error) error {
	if f == nil {
		return nil
	}
	return f
}

// possible tells which events can happen to an account as it is.
func possible(name string, e *entry) bool {
	switch name {
	case "found", "nothing", "corrupt", "locked", "no keychain":
		return e.unread && of(e).session == nil
	case "began":
		return e.attempt == nil && e.rest != account.Loading
	case "cancelled", "denied", "broke", "came back":
		return e.attempt != nil
	case "renewing":
		return e.flight == nil && of(e).session != nil
	case "landed", "renewed", "offline", "5xx", "429", "refused":
		return e.flight != nil && of(e).session != nil
	case "lapsed":
		return of(e).session != nil
	case "signed out", "over":
		return e.signOuts > 0
	default:
		return e.rest != account.Loading && e.signOuts < 3
	}
}

func TestWhateverHappensAStateHoldsWhatItPromises(t *testing.T) {
	core, now := New(Options{}).core, time.Now()
	all := events(now)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	dice := rand.New(rand.NewPCG(1, 2))
	reached := map[account.Status]bool{}
	for range 300 {
		e := newEntry(core, "acme")
		reached[e.statusLocked()] = true
		var script []string
		for range 40 {
			name := names[dice.IntN(len(names))]
			if !possible(name, e) {
				continue
			}
			all[name](e)
			script = append(script, name)
			a := e.accountLocked(now)
			reached[a.Status] = true
			if wrong := broken(e, a); wrong != "" {
				t.Fatalf("%s: %s after %q: %+v", wrong, a.Status, script, a)
			}
		}
	}
	for _, s := range account.Statuses {
		if !reached[s] {
			t.Errorf("the walk never reached %s", s)
		}
	}
}

// broken says which promise of package account an entry breaks.
func broken(e *entry, a account.Account) string {
	waiting := []account.Status{account.Loading, account.SignedOut, account.KeychainLocked}
	select {
	case <-e.loaded:
		if e.rest == account.Loading {
			return "it counts as loaded"
		}
	default:
		if e.rest != account.Loading {
			return "whoever waits for it waits for ever"
		}
	}
	switch {
	case !slices.Contains(account.Statuses, a.Status):
		return "a state that is not of the closed set"
	case slices.Contains(waiting, e.rest) != (of(e).session == nil):
		return "somebody and nobody at once"
	case a.Status.HasSession() && of(e).session == nil:
		return "signed in as nobody"
	case of(e).session == nil && e.renew.Pending(time.Now()):
		return "nobody is to be renewed"
	case e.rest == account.SignedIn && e.problem != nil, e.rest == account.NeedsSignIn && e.problem == nil:
		return "the problem does not fit"
	case a.Attempt != nil && a.Status != account.SigningIn:
		return "an attempt of nobody"
	}
	return ""
}
