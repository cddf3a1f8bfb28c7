package words

import (
	"slices"
	"strings"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words/wordstest"
)

// underWay are the states that pass by themselves, whatever was wrong before them.
var underWay = []account.Status{account.Loading, account.SigningIn, account.SigningOut}

func TestEveryStateHasOneSentenceOneNextStepAndOneCode(t *testing.T) {
	for _, a := range wordstest.Accounts(t) {
		s := Status(a)
		if s.Text == "" || strings.ContainsAny(s.Text+s.Next, "{}[]!") || strings.HasSuffix(s.Text, ".") {
			t.Errorf("%s, %v: %q %q", a.Status, a.Problem, s.Text, s.Next)
		}
		switch {
		case slices.Contains(underWay, a.Status), a.Status == account.SignedIn, a.Status == account.Renewing:
			if s.Next != "" || s.Code != "" || s.Tone == Needed || s.Tone == Attend {
				t.Errorf("%s, %v: nothing is wrong, but %+v", a.Status, a.Problem, s)
			}
		case a.Problem == nil:
			if (s.Code == "") != (a.Status == account.SignedOut) || (s.Next == "") != (s.Code == "") {
				t.Errorf("%s: %+v", a.Status, s)
			}
		default:
			saysProblem(t, a, s)
		}
	}
}

// saysProblem: a state says what an error of the same kind says, so that an account and a command that failed on it
// have the same words.
func saysProblem(t *testing.T, a account.Account, s State) {
	t.Helper()
	m := Of(a.Problem)
	alone := a.Status == account.NeedsSignIn && a.Problem.Code == fault.CannotRenew
	if s.Code != m.Code || !strings.HasPrefix(s.Text, strings.TrimSuffix(m.What, ".")) && !alone {
		t.Errorf("%s, %v: %+v", a.Status, a.Problem, s)
	}
	safe := a.Status.HasSession() && a.Problem.Code != fault.AnswerLost
	if strings.HasSuffix(s.Text, " Your sign-in is safe") != safe {
		t.Errorf("%s, %v: is it safe? %q", a.Status, a.Problem, s.Text)
	}
	if s.Next != m.Next && (!safe || !strings.Contains(s.Next, "by itself")) {
		t.Errorf("%s, %v: the next step is %q, and elsewhere %q", a.Status, a.Problem, s.Next, m.Next)
	}
	if strings.Contains(s.Next, "by itself") && !a.Status.HasSession() {
		t.Errorf("%s, %v: nothing goes on by itself here: %q", a.Status, a.Problem, s.Next)
	}
	if want := map[bool]Tone{true: Attend, false: Needed}[a.Status.HasSession()]; s.Tone != want {
		t.Errorf("%s, %v: tone %d", a.Status, a.Problem, s.Tone)
	}
}

func TestStatesInWords(t *testing.T) {
	host := []string{"host", "id.acme.example"}
	jane := &account.Person{Email: "jane@acme.example"}
	for _, tt := range []struct {
		account account.Account
		text    string
		next    string
		code    string
	}{
		{account.Account{Status: account.SignedOut}, "Signed out", "", ""},
		{account.Account{Status: account.SignedIn, Who: jane, Renews: true},
			"Signed in as jane@acme.example · renews by itself", "", ""},
		{account.Account{Status: account.Renewing, Who: jane, Renews: true},
			"Signed in as jane@acme.example · renews by itself", "", ""},
		{account.Account{Status: account.SignedIn},
			"Signed in · cannot renew by itself", "Sign in again when it has ended. To have it renewed, the profile must " +
				"ask for offline_access, and the service must allow it.", "cannot-renew"},
		{account.Account{Status: account.NeedsSignIn, Problem: fault.New(fault.CannotRenew)},
			"You need to sign in again: this sign-in cannot renew itself", "Sign in again when it has ended. To have it " +
				"renewed, the profile must ask for offline_access, and the service must allow it.", "cannot-renew"},
		{account.Account{Status: account.NeedsSignIn, Problem: fault.New(fault.SignInRequired).WithReason(fault.WhyIdle)},
			"You need to sign in again: this sign-in was not used for too long", "Press Sign in, or run keyfob login.",
			"signin-required"},
		{account.Account{Status: account.NeedsSignIn, Problem: fault.New(fault.DifferentPerson, "was", "Jane", "now", "Bob")},
			"Another person signed in: Bob instead of Jane", "If that is right, sign out first.", "different-person"},
		{account.Account{Status: account.Offline, Problem: fault.New(fault.Offline, host...)},
			"You are offline, or id.acme.example cannot be reached. Your sign-in is safe",
			"Check the network. Keyfob tries again by itself.", "offline"},
		{account.Account{Status: account.SignedOut, Problem: fault.New(fault.Offline, host...)},
			"You are offline, or id.acme.example cannot be reached", "Check the network, then try again.", "offline"},
		{account.Account{Status: account.Trouble, Host: "id.acme.example"},
			"id.acme.example has a problem of its own. Your sign-in is safe",
			"Nothing to do: Keyfob tries again by itself.", "provider-trouble"},
		{account.Account{Status: account.Trouble, Problem: fault.New(fault.AnswerLost, host...)},
			"id.acme.example did not answer, and may have acted on the request all the same",
			"Keyfob asks again later, or when a token is needed. If that fails, sign in again.", "answer-lost"},
		{account.Account{Status: account.Trouble, Problem: fault.New(fault.ClientRefused, "said", "is it public?")},
			"The sign-in service does not accept this program's settings: is it public? Your sign-in is safe",
			"The people who run it must make it a native application without a secret.", "client-refused"},
		{account.Account{Status: account.SignedOut, Problem: fault.New(fault.SignInDenied, "said", "Not a member...")},
			"The sign-in service did not let you in: Not a member...", "Use another account, or ask for access.",
			"signin-denied"},
		{account.Account{Status: account.KeychainLocked}, "Your keychain is locked", "Unlock it, then try again.",
			"keychain-locked"},
	} {
		s := Status(tt.account)
		if s.Text != tt.text || s.Next != tt.next || s.Code != tt.code {
			t.Errorf("%s, %v:\n%q\n%q\n%q", tt.account.Status, tt.account.Problem, s.Text, s.Next, s.Code)
		}
	}
}

// TestBesides: what a state says is not said again, and nothing else is lost.
func TestBesides(t *testing.T) {
	for _, a := range wordstest.Accounts(t) {
		for _, renews := range []bool{true, false} {
			a.Renews = renews
			a.Notices = []*fault.Error{fault.New(fault.CannotRenew), fault.New(fault.NotSaved)}
			said := Status(a).Code
			var codes []string
			for _, m := range Besides(a) {
				codes = append(codes, m.Code)
			}
			if slices.Contains(codes, said) {
				t.Errorf("%s, %v: %s is said twice", a.Status, a.Problem, said)
			}
			for _, want := range []string{"cannot-renew", "not-saved"} {
				if want != said && !slices.Contains(codes, want) {
					t.Errorf("%s, %v: %s is not said", a.Status, a.Problem, want)
				}
			}
			failed := a.Problem != nil && (a.Status == account.SignedIn || a.Status == account.Renewing)
			if failed && string(a.Problem.Code) != said && codes[0] != string(a.Problem.Code) {
				t.Errorf("%s, %v: the failed sign-in is not said: %v", a.Status, a.Problem, codes)
			}
		}
	}
}
