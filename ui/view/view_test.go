package view

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/internal/words/wordstest"
)

// monday is a fixed now for pure code.
var monday = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// TestEveryStateIsOnItsCardInWords: the card says what tray and command line say, with the next step, and the code lies
// under "Details".
func TestEveryStateIsOnItsCardInWords(t *testing.T) {
	for _, a := range wordstest.Accounts(t) {
		a = wordstest.WithActions(a)
		state := words.Status(a)
		v := Of(a, Local{}, monday)
		if v.Status != state.Line || v.Next != state.Next {
			t.Errorf("%s, %v: %+v, %q", a.Status, a.Problem, v.Status, v.Next)
		}
		var codes []string
		for _, d := range Details(a, account.Agent{}, nil, monday) {
			if d.Label == "Code" {
				codes = append(codes, d.Value)
			}
		}
		if state.Code != "" && codes[0] != state.Code || state.Code == "" && a.Status != account.SignedIn &&
			a.Status != account.Renewing && len(codes) > 0 {
			t.Errorf("%s, %v: the codes are %q, not %q", a.Status, a.Problem, codes, state.Code)
		}
		if v.Trouble != (state.Code != "" && !a.Status.HasSession()) {
			t.Errorf("%s, %v: a button for Details: %v", a.Status, a.Problem, v.Trouble)
		}
	}
}

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
		want    Choice
		urgent  bool
	}{
		{in(account.Loading), Choice{}, false},
		{in(account.SignedOut), Choice{Label: "Sign in", Do: SignIn}, true},
		{denied, Choice{Label: "Use another account", Do: SignInAnother}, true},
		{timedOut, Choice{Label: "Sign in", Do: SignIn}, true},
		{broken, Choice{}, true},
		{in(account.SigningIn), Choice{Label: "Cancel", Do: CancelSignIn}, false},
		{in(account.SignedIn), Choice{Label: "Copy access token", Do: CopyToken}, true},
		{in(account.Renewing), Choice{Label: "Copy access token", Do: CopyToken}, true},
		{in(account.NeedsSignIn), Choice{Label: "Sign in", Do: SignIn}, true},
		{in(account.Offline), Choice{Label: "Copy access token", Do: CopyToken}, false},
		{expired, Choice{Label: "Try again", Do: TryAgain}, false},
		{after(account.Trouble, nil), Choice{Label: "Try again", Do: TryAgain}, false},
		{after(account.Trouble, fault.New(fault.AnswerLost)), Choice{Label: "Try again", Do: TryAgain}, false},
		{after(account.Trouble, fault.New(fault.ProviderTrouble).WithUntil(monday.AddDate(4, 0, 0))), Choice{}, false},
		{after(account.Trouble, fault.New(fault.ClientRefused)), Choice{}, false},
		{after(account.Limited, nil), Choice{}, false},
		{blocked, Choice{Label: "Use another account", Do: SignInAnother}, true},
		{in(account.KeychainLocked), Choice{Label: "Try again", Do: RetryKeychain}, true},
		{in(account.SigningOut), Choice{}, false},
	} {
		v := Of(wordstest.WithActions(tt.account), Local{}, monday)
		if v.Primary != tt.want || v.Urgent != tt.urgent {
			t.Errorf("%s: %+v, urgent %v", tt.account.Status, v.Primary, v.Urgent)
		}
	}
}

func TestEveryStateHasWordsAndAMenu(t *testing.T) {
	for _, s := range account.Statuses {
		v := Of(wordstest.WithActions(account.Account{Name: "Acme", Status: s}), Local{}, monday)
		if v.Status.Text == "" || len(v.Menu) < 3 || v.Menu[len(v.Menu)-1].Do != RemoveAccount {
			t.Errorf("%s: %+v", s, v)
		}
		canSignOut := v.Second.Do == SignOut || strings.Contains(labels(v.Menu), "Sign out")
		if s.HasSession() && !canSignOut {
			t.Errorf("%s: nobody can sign out: %s", s, labels(v.Menu))
		}
	}
}

func labels(menu []Choice) string {
	var all []string
	for _, m := range menu {
		all = append(all, m.Label)
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
		if got := Of(wordstest.WithActions(tt.account), Local{}, monday).Facts; got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestWaiting(t *testing.T) {
	a := account.Account{Status: account.SigningIn, Attempt: &account.Attempt{
		ID: "7", URL: "https://acme.example/authorize", RedirectURI: "http://127.0.0.1:17171/callback", Started: monday,
	}}
	a = wordstest.WithActions(a)
	if v := Of(a, Local{}, monday.Add(19*time.Second)).Wait; v.Link != a.Attempt.URL || v.Trouble != "" {
		t.Errorf("at first: %+v", v)
	}
	if v := Of(a, Local{}, monday.Add(LongWait)).Wait; v.Callback != a.Attempt.RedirectURI || v.Trouble == "" {
		t.Errorf("after a while: %+v", v)
	}
	if v := Of(a, Local{Unopened: "7"}, monday.Add(LongWait)).Wait; v.Callback != "" || v.Trouble == "" {
		t.Errorf("without a browser: %+v", v)
	}
	if v := Of(a, Local{Unopened: "6"}, monday).Wait; v.Trouble != "" {
		t.Errorf("an older attempt's browser: %+v", v)
	}
	a.Status = account.SignedIn
	if v := Of(wordstest.WithActions(a), Local{}, monday).Wait; v != (Wait{}) {
		t.Errorf("nobody waits: %+v", v)
	}
}

func TestNotes(t *testing.T) {
	offline := fault.New(fault.Offline, "host", "acme.example")
	for name, tt := range map[string]struct {
		account account.Account
		local   Local
		want    words.Line
	}{
		"nothing": {account.Account{}, Local{}, words.Line{}},
		"copied": {account.Account{}, Local{Copied: true, Err: offline},
			words.Line{Text: "Copied. Cleared in 30 s", Tone: words.Good}},
		"said": {account.Account{}, Local{Said: words.Line{Text: "Link copied", Tone: words.Good}},
			words.Line{Text: "Link copied", Tone: words.Good}},
		"an error": {account.Account{}, Local{Err: offline},
			words.Line{Text: Sentence(offline), Tone: words.Needed}},
		"said by the state": {account.Account{Problem: offline}, Local{Err: offline}, words.Line{}},
		"a state that does not say it": {account.Account{Status: account.SignedIn, Problem: offline}, Local{Err: offline},
			words.Line{Text: Sentence(offline), Tone: words.Needed}},
	} {
		if got := Of(wordstest.WithActions(tt.account), tt.local, monday).Note; got != tt.want {
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
		if got := SignedOut(tt.report, monday).Text; got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestBanner(t *testing.T) {
	fine := []account.KeychainState{account.KeychainChecking, account.KeychainReady, account.KeychainMemoryOnly}
	for _, s := range fine {
		if b := BannerOf(account.Keychain{State: s}); b != (Banner{}) {
			t.Errorf("%s: %+v", s, b)
		}
	}
	if b := BannerOf(account.Keychain{State: account.KeychainUnusable}); b.What == "" || b.Next == "" {
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
	who := account.Agent{Version: "v1", Log: "/log"}
	for _, d := range Details(wordstest.WithActions(a), who, fault.New(fault.NoAgent), monday) {
		all[d.Label] += d.Value + ";"
		if d.Value == "" {
			t.Errorf("%s is empty", d.Label)
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

// TestA71AStrangerIsShownAsOne: a person who is asked sees that it runs in a container, and cannot say "always".
func TestA71AStrangerIsShownAsOne(t *testing.T) {
	r := account.Request{Program: account.Program{Name: "A program", Stranger: true}}
	q := QuestionOf(r, account.Account{}, monday)
	if q.Program != words.T("ui.prompt.stranger") || q.Always {
		t.Errorf("%+v", q)
	}
}
