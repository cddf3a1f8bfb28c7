package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words/wordstest"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// machine is a program's own account, in use.
func machine(s account.Status) account.Account {
	a := account.Account{
		ID: "batch", Name: "Acme (machine)", Issuer: "https://acme.eu.auth0.com/", Host: "acme.eu.auth0.com", Status: s,
		Renews: true, Saved: true, Until: time.Now().Add(20 * time.Hour),
	}
	month := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	a.Machine = &account.Machine{
		Secret: true, Lifetime: 86400, Meter: account.Meter{Today: 1, Month: 12, Reused: 480, Limit: 1000, Resets: month},
		Quotas: []account.Quota{{Name: "per_hour", Size: 100, Left: 90, Resets: time.Now().Add(time.Hour)}},
	}
	return a
}

func withoutSecret() account.Account {
	a := withProblem(machine(account.NeedsSignIn), fault.New(fault.SecretMissing, "id", "batch"))
	a.Machine, a.Renews, a.Until = &account.Machine{}, false, time.Time{}
	return a
}

func capped() account.Account {
	a := machine(account.Limited)
	a.Machine.Meter.Month, a.Until = 1000, time.Time{}
	december := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	return withProblem(a, fault.New(fault.CapReached, "used", "1000", "limit", "1000").WithUntil(december))
}

const saveSecret = "Save secret"

// monday is a fixed now for pure code.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func labels(menu []view.Choice) string {
	var all []string
	for _, m := range menu {
		all = append(all, m.Label)
	}
	return strings.Join(all, ", ")
}

// secret types a secret where it is asked for, and saves it.
func (s *stage) secret(text string) {
	s.t.Helper()
	s.press("Enter secret…")
	s.fill(text)
	s.press(saveSecret)
}

// Nobody signs in to a program's account, or out of it, whatever it is in.
func TestAMachinesCardNeverSpeaksOfSigningIn(t *testing.T) {
	for _, status := range account.Statuses {
		for _, has := range []bool{false, true} {
			for _, problem := range []*fault.Error{nil, fault.New(fault.SecretRefused), fault.New(fault.ClientRefused),
				fault.New(fault.Offline)} {
				a := withProblem(machine(status), problem)
				a.Machine.Secret = has
				v := view.Of(wordstest.WithActions(a), view.Local{SignedOutHere: true, LogoutPage: "x"}, time.Now())
				all := strings.Join([]string{v.Primary.Label, v.Second.Label, v.After.Label, labels(v.Menu)}, ", ")
				if strings.Contains(all, "Sign") || strings.Contains(all, "sign") || strings.Contains(all, "callback") {
					t.Errorf("%s, %v: %s", status, problem, all)
				}
				if strings.Contains(all, "Replace secret…, Forget secret…") != has {
					t.Errorf("%s, secret %v: %s", status, has, all)
				}
			}
		}
	}
}

func TestAMachinesOneThingToDo(t *testing.T) {
	enter, copying := view.Choice{Label: "Enter secret…", Do: view.EnterSecret},
		view.Choice{Label: "Copy access token", Do: view.CopyToken}
	offline := machine(account.Offline)
	offline.Until = time.Time{}
	for _, tt := range []struct {
		account account.Account
		want    view.Choice
		urgent  bool
	}{
		{withoutSecret(), enter, true},
		{withProblem(machine(account.NeedsSignIn), fault.New(fault.SecretRefused)), enter, true},
		{withProblem(machine(account.Trouble), fault.New(fault.ClientRefused)), enter, true},
		{machine(account.SignedOut), enter, true},
		{machine(account.SignedIn), copying, true},
		{machine(account.Offline), copying, false},
		{offline, view.Choice{Label: "Try again", Do: view.TryAgain}, false},
		{capped(), view.Choice{}, false},
		{machine(account.KeychainLocked), view.Choice{Label: "Try again", Do: view.RetryKeychain}, true},
	} {
		v := view.Of(wordstest.WithActions(tt.account), view.Local{}, time.Now())
		if v.Primary != tt.want || v.Urgent != tt.urgent {
			t.Errorf("%s, %v: %+v, urgent %v", tt.account.Status, tt.account.Problem, v.Primary, v.Urgent)
		}
	}
}

func TestTheMeterIsOnTheCardAndTheQuotaUnderDetails(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(machine(account.SignedIn))
		facts := s.card("batch").view.Facts
		if !strings.Contains(facts, "12 of 1,000 tokens this month, 480 reused. Begins anew on 1 December") {
			t.Errorf("%q", facts)
		}
		s.choose("batch", "Details")
		s.mustSay("The provider's quota per_hour")
		s.mustSay("there is one; it is never shown")
	})
}

func TestASecretIsTriedAndKept(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.hang = make(chan struct{})
		s.show(withoutSecret())
		s.press("Enter secret…")
		s.sheet("Secret of Acme (machine)")
		entry := find[*kit.Field](s.root())[0]
		if !entry.Password || entry.Text != "" || s.w.win.Canvas().Focused() != fyne.Focusable(entry) {
			t.Error("the field shows what is typed, is filled, or is not where one begins")
		}
		s.fill("s3cret")
		s.key(fyne.KeyReturn)
		if b := s.button("Trying it…"); !b.Disabled() || !entry.Disabled() {
			t.Error("one does not see that it is being tried")
		}
		s.key(fyne.KeyReturn)
		close(s.r.hang)
		s.settle()
		if calls := s.r.called(); !slices.Equal(calls, []string{"secret batch s3cret"}) || len(s.w.Sheets()) != 0 {
			t.Errorf("%q", calls)
		}
		if entry.Text != "" {
			t.Error("the secret stays in the field")
		}
		s.mustSay("The secret works, and is kept")
		if s.w.win.Canvas().Focused() != fyne.Focusable(s.card("batch").primary) {
			t.Error("one has to find the account again")
		}
	})
}

func TestASecretThatIsNotTakenIsSaidWhy(t *testing.T) {
	for _, tt := range []struct {
		why     *fault.Error
		says    string
		untried bool
	}{
		{fault.New(fault.BadUsage).WithReason(fault.UsageSecretLineEnd),
			"There is a line end in the secret; copy the secret alone.", false},
		{fault.New(fault.SecretRefused, "kept", "old"), view.Sentence(fault.New(fault.SecretRefused, "kept", "old")), false},
		{fault.New(fault.Offline, "host", "h"), view.Sentence(fault.New(fault.Offline, "host", "h")), true},
	} {
		onStage(t, func(s *stage) {
			s.r.fail["secret"] = tt.why
			s.show(machine(account.SignedIn))
			s.choose("batch", "Replace secret…")
			if s.hasButton("Keep it untried") {
				t.Error("it need not be tried")
			}
			s.fill("s3cret")
			s.press(saveSecret)
			s.mustSay(tt.says)
			if find[*kit.Field](s.root())[0].SelectedText() != "s3cret" {
				t.Error("one cannot type another over it")
			}
			if s.hasButton("Keep it untried") != tt.untried {
				t.Errorf("%s: untried %v", tt.why.Code, !tt.untried)
			}
			if !tt.untried {
				return
			}
			s.fill("other")
			if s.hasButton("Keep it untried") {
				t.Error("what was said of one secret holds for another")
			}
			s.press(saveSecret)
			s.r.called()
			delete(s.r.fail, "secret")
			s.press("Keep it untried")
			if calls := s.r.called(); !slices.Equal(calls, []string{"secret batch other untried"}) {
				t.Errorf("%q", calls)
			}
			s.mustSay("The secret is kept. It is tried when a token is needed")
		})
	}
}

func TestALockedKeychainIsAskedForASecret(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["secret"] = fault.New(fault.KeychainLocked)
		s.show(withoutSecret())
		s.secret("s3cret")
		want := []string{"secret batch s3cret", "retry keychain", "secret batch s3cret"}
		if calls := s.r.called(); !slices.Equal(calls, want) {
			t.Errorf("%q", calls)
		}
	})
}

func TestEscapeEndsATrial(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.hang = make(chan struct{}) // for ever: finish would wait for it
		s.show(withoutSecret())
		s.secret("s3cret")
		s.key(fyne.KeyEscape)
		if len(s.w.Sheets()) != 0 || s.says("The secret works, and is kept") {
			t.Error("the sheet stays, or the secret does")
		}
	})
}

func TestForgettingASecretIsAskedFirst(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(machine(account.SignedIn))
		s.choose("batch", "Forget secret…")
		if calls := s.r.called(); len(calls) != 0 {
			t.Errorf("%q", calls)
		}
		test.Tap(s.button("Forget secret"))
		s.settle()
		if calls := s.r.called(); !slices.Equal(calls, []string{"forget secret batch"}) {
			t.Errorf("%q", calls)
		}
	})
}

// No person's name is used where a program with a token acts for the account that is a program's own.
func TestAMachinesTokenIsUsedInNobodysName(t *testing.T) {
	onStage(t, func(s *stage) {
		a := asking(machine(account.SignedIn))
		a.API = true
		s.show(a)
		s.choose("batch", askChoice)
		s.mustSay("Every program that you run, and every program that those run, gets a token for Acme (machine) when it " +
			"asks, and can use the service as Acme (machine). Keyfob still writes down which ones did.")
		s.key(fyne.KeyEscape)
		s.choose("batch", "Gateway")
		s.mustSay("Give the key as the password, with any user name. It is not shown again, and whoever has it can use the " +
			"API as Acme (machine). Once copied, it is cleared in 30 s.")
		q := view.QuestionOf(account.Request{}, a, monday)
		if q.Means != "It can use the service as Acme (machine) for as long as the token lives." {
			t.Error(q.Means)
		}
	})
}
