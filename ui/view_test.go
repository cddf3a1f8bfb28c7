package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// monday is a fixed now for pure code.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestEveryStateHasItsOneThingToDo(t *testing.T) {
	in := func(s account.Status) account.Account {
		return account.Account{Name: "Acme", Status: s, Until: monday.Add(time.Hour), Renews: true, Saved: true}
	}
	expired := in(account.Offline)
	expired.Until = monday
	after := func(s account.Status, f *fault.Error) account.Account { // its access has ended
		return account.Account{Name: "Acme", Status: s, Problem: f, Until: monday}
	}
	blocked := in(account.NeedsSignIn)
	blocked.Problem = fault.New(fault.SignInRequired).WithReason(fault.WhyBlocked)
	denied := in(account.SignedOut)
	denied.Problem = fault.New(fault.SignInDenied)
	timedOut := in(account.SignedOut)
	timedOut.Problem = fault.New(fault.SignInTimeout)
	broken := in(account.SignedOut)
	broken.Problem = fault.New(fault.BadProfile, "problems", "id: it is not the name of the file")
	for _, tt := range []struct {
		account account.Account
		want    choice
		rank    rank
	}{
		{in(account.Loading), choice{}, plain},
		{in(account.SignedOut), choice{"Sign in", signIn}, primary},
		{denied, choice{"Use another account", signInAnother}, primary},
		{timedOut, choice{"Sign in", signIn}, primary},
		{broken, choice{}, primary},
		{in(account.SigningIn), choice{"Cancel", cancelSignIn}, plain},
		{in(account.SignedIn), choice{"Copy access token", copyToken}, primary},
		{in(account.Renewing), choice{"Copy access token", copyToken}, primary},
		{in(account.NeedsSignIn), choice{"Sign in", signIn}, primary},
		{in(account.Offline), choice{"Copy access token", copyToken}, plain},
		{expired, choice{"Try again", tryAgain}, plain},
		{after(account.Trouble, nil), choice{"Try again", tryAgain}, plain},
		{after(account.Trouble, fault.New(fault.AnswerLost)), choice{"Try again", tryAgain}, plain},
		{after(account.Trouble, fault.New(fault.ProviderTrouble).WithUntil(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))), choice{}, plain},
		{after(account.Trouble, fault.New(fault.ClientRefused)), choice{}, plain},
		{after(account.Limited, nil), choice{}, plain},
		{blocked, choice{"Use another account", signInAnother}, primary},
		{in(account.KeychainLocked), choice{"Try again", retryKeychain}, primary},
		{in(account.SigningOut), choice{}, plain},
	} {
		v := viewOf(tt.account, local{}, monday)
		if v.primary != tt.want || v.rank != tt.rank {
			t.Errorf("%s: %+v, rank %d", tt.account.Status, v.primary, v.rank)
		}
	}
}

func TestEveryStateHasWordsAndAMenu(t *testing.T) {
	for _, s := range account.Statuses {
		v := viewOf(account.Account{Name: "Acme", Status: s}, local{}, monday)
		if v.status.Text == "" || len(v.menu) < 3 || v.menu[len(v.menu)-1].do != removeAccount {
			t.Errorf("%s: %+v", s, v)
		}
		canSignOut := v.second.do == signOut || strings.Contains(labels(v.menu), "Sign out")
		if s.HasSession() && !canSignOut {
			t.Errorf("%s: nobody can sign out: %s", s, labels(v.menu))
		}
	}
}

func labels(menu []choice) string {
	var all []string
	for _, m := range menu {
		all = append(all, m.label)
	}
	return strings.Join(all, ", ")
}

func TestFacts(t *testing.T) {
	person := &account.Person{Subject: "auth0|1", Name: "Jane Doe", Email: "jane@acme.example", Organization: "Acme Ltd"}
	for name, tt := range map[string]struct {
		account account.Account
		want    string
	}{
		"who and until when": {
			account.Account{Status: account.SignedIn, Who: person, Until: monday.Add(26 * time.Hour), Saved: true},
			"jane@acme.example · Acme Ltd\nAccess until tomorrow, 14:00",
		},
		"offline names the person": {
			account.Account{Status: account.Offline, Who: person, Saved: true},
			"Jane Doe · jane@acme.example · Acme Ltd",
		},
		"only a subject": {
			account.Account{Status: account.SignedIn, Who: &account.Person{Subject: "auth0|1"}, Saved: true}, "",
		},
		"only a subject, offline": {
			account.Account{Status: account.Offline, Who: &account.Person{Subject: "auth0|1"}, Saved: true}, "auth0|1",
		},
		"in memory": {
			account.Account{Status: account.SignedIn}, "Kept in memory only, until Keyfob quits",
		},
		"not saved, as a notice says": {
			account.Account{Status: account.SignedIn, Notices: []*fault.Error{fault.New(fault.NotSaved)}}, "",
		},
		"expired": {account.Account{Status: account.SignedIn, Until: monday, Saved: true}, ""},
	} {
		if got := viewOf(tt.account, local{}, monday).facts; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestWaiting(t *testing.T) {
	a := account.Account{Status: account.SigningIn, Attempt: &account.Attempt{
		ID: "7", URL: "https://acme.example/authorize", RedirectURI: "http://127.0.0.1:17171/callback", Started: monday,
	}}
	if v := viewOf(a, local{}, monday.Add(19*time.Second)).wait; v.link != a.Attempt.URL || v.trouble != "" {
		t.Errorf("at first: %+v", v)
	}
	if v := viewOf(a, local{}, monday.Add(longWait)).wait; v.callback != a.Attempt.RedirectURI || v.trouble == "" {
		t.Errorf("after a while: %+v", v)
	}
	if v := viewOf(a, local{mute: "7"}, monday.Add(longWait)).wait; v.callback != "" || v.trouble == "" {
		t.Errorf("without a browser: %+v", v)
	}
	if v := viewOf(a, local{mute: "6"}, monday).wait; v.trouble != "" {
		t.Errorf("an older attempt's browser: %+v", v)
	}
	a.Status = account.SignedIn
	if v := viewOf(a, local{}, monday).wait; v != (waitView{}) {
		t.Errorf("nobody waits: %+v", v)
	}
}

func TestNotes(t *testing.T) {
	offline := fault.New(fault.Offline, "host", "acme.example")
	for name, tt := range map[string]struct {
		account account.Account
		local   local
		want    words.Line
	}{
		"nothing": {account.Account{}, local{}, words.Line{}},
		"copied": {account.Account{}, local{copied: true, err: offline},
			words.Line{Text: "Copied. Cleared in 30 s", Tone: words.Good}},
		"said": {account.Account{}, local{said: "Link copied", tone: words.Good},
			words.Line{Text: "Link copied", Tone: words.Good}},
		"an error":          {account.Account{}, local{err: offline}, words.Line{Text: sentence(offline), Tone: words.Needed}},
		"said by the state": {account.Account{Problem: offline}, local{err: offline}, words.Line{}},
		"a state that does not say it": {account.Account{Status: account.SignedIn, Problem: offline}, local{err: offline},
			words.Line{Text: sentence(offline), Tone: words.Needed}},
	} {
		if got := viewOf(tt.account, tt.local, monday).note; got != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestSignedOutNote(t *testing.T) {
	until := monday.Add(2 * time.Hour)
	for name, tt := range map[string]struct {
		report account.SignOutReport
		want   string
	}{
		"revoked": {account.SignOutReport{Revoked: true, Deleted: true, ValidUntil: until}, ""},
		"cannot revoke": {account.SignOutReport{NoRevoke: true, Deleted: true, ValidUntil: until},
			"Signed out here. The last access token works until 14:00."},
		"nothing to say": {account.SignOutReport{NoRevoke: true, Deleted: true, ValidUntil: monday}, ""},
		"not told":       {account.SignOutReport{Deleted: true, Problem: fault.New(fault.RevokeFailed)}, ""},
	} {
		if got := signedOutNote(tt.report, monday).Text; got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestBanner(t *testing.T) {
	for _, s := range []account.KeychainState{account.KeychainChecking, account.KeychainReady, account.KeychainMemoryOnly} {
		if b := bannerOf(account.Keychain{State: s}); b != (banner{}) {
			t.Errorf("%s: %+v", s, b)
		}
	}
	if b := bannerOf(account.Keychain{State: account.KeychainUnusable}); b.what == "" || b.next == "" {
		t.Errorf("a keychain that cannot be used: %+v", b)
	}
}

func TestDetailsHoldTheCauses(t *testing.T) {
	a := account.Account{
		ID: "acme", Status: account.Offline, Issuer: "https://acme.example/", Until: monday,
		Problem: fault.New(fault.Offline, "host", "acme.example").Because(errors.New("no route to host")),
		Notices: []*fault.Error{fault.New(fault.NotSaved)},
	}
	all := map[string]string{}
	for _, d := range detailsOf(a, account.Agent{Version: "v1", Log: "/log"}, fault.New(fault.NoAgent), monday) {
		all[d.label] += d.value + ";"
		if d.value == "" {
			t.Errorf("%s is empty", d.label)
		}
	}
	if all["Code"] != "offline;not-saved;no-agent;" || all["Cause"] != "no route to host;" ||
		all["Account"] != "acme;" || all["Log"] != "/log;" || all["Sign-in kept"] != "in memory only;" {
		t.Errorf("%v", all)
	}
}

func TestMonogram(t *testing.T) {
	for name, want := range map[string]string{
		"acme": "A", "  (Éire)": "É", "7 Wonders": "7", "東京": "東", "…": "", "": "",
	} {
		if got := monogram(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
