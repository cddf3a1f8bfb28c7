package tray

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/internal/words/wordstest"
)

func jane() *account.Person { return &account.Person{Subject: "auth0|1", Name: "Jane Doe"} }

func TestViewOfOneAccount(t *testing.T) {
	for _, tt := range []struct {
		account account.Account
		icon    assets.TrayState
		act     action
		label   string
		copy    bool
		alone   string
	}{
		{account.Account{Status: account.Loading}, assets.TraySignedOut, nothing, "Sign in", false,
			"Acme: Looking into your keychain"},
		{account.Account{Status: account.SignedOut}, assets.TraySignedOut, signIn, "Sign in", false, "Acme: Signed out"},
		{account.Account{Status: account.SignedOut, Problem: fault.New(fault.SignInDenied, "said", "Not a member")},
			assets.TraySignedOut, signIn, "Sign in", false,
			"Acme: The sign-in service did not let you in: Not a member"},
		{account.Account{Status: account.SigningIn}, assets.TrayWaiting, cancelSignIn, "Cancel signing in", false,
			"Acme: Finish signing in in your browser"},
		{account.Account{Status: account.SignedIn, Renews: true, Who: jane()}, assets.TraySignedIn, signOut, "Sign out",
			true, "Acme: Signed in as Jane Doe · renews by itself"},
		{account.Account{Status: account.Offline, Who: jane()}, assets.TraySignedIn, signOut, "Sign out", true,
			"Acme: You are offline, or id.acme.example cannot be reached. Your sign-in is safe"},
		{account.Account{Status: account.NeedsSignIn}, assets.TrayNeedsYou, signIn, "Sign in", false,
			"Acme: You need to sign in again"},
		{account.Account{Status: account.KeychainLocked}, assets.TrayNeedsYou, nothing, "Sign in", false,
			"Acme: Your keychain is locked"},
		{account.Account{Status: account.SigningOut}, assets.TraySignedOut, nothing, "Sign in", false, "Acme: Signing out"},
	} {
		a := tt.account
		a.ID, a.Name, a.Host = "acme", "Acme", "id.acme.example"
		v := viewOf(account.Snapshot{Accounts: []account.Account{wordstest.WithActions(a)}})
		e := v.accounts[0]
		if v.icon != tt.icon || e.act != tt.act || e.label != tt.label || e.copy != tt.copy || e.alone() != tt.alone {
			t.Errorf("%s: %+v icon %d, %q", a.Status, e, v.icon, e.alone())
		}
	}
}

// Nobody signs in to a program's own account: there is no item for it, and its token can be copied.
func TestAnAccountWithoutSignInHasNoItemForIt(t *testing.T) {
	for _, s := range account.Statuses {
		e := entryOf(wordstest.WithActions(account.Account{ID: "a", Name: "Acme", Status: s, Machine: &account.Machine{}}))
		if s != account.SigningIn && (e.label != "" || e.act != nothing) || e.copy != s.HasSession() {
			t.Errorf("%s: %+v", s, e)
		}
	}
}

// TestAThousandAccountsAreNoThousandEntries: what the icon says is about all of them.
func TestAThousandAccountsAreNoThousandEntries(t *testing.T) {
	many := make([]account.Account, 1000)
	for i := range many {
		many[i] = account.Account{ID: fmt.Sprintf("p%d", i), Name: "Acme", Status: account.SignedIn}
	}
	many[999].Status = account.NeedsSignIn
	v := viewOf(account.Snapshot{Accounts: many})
	if len(v.accounts) != mostAccounts || v.open() != fmt.Sprintf("Open Keyfob (%d more)", 1000-mostAccounts) {
		t.Errorf("%d entries, %q", len(v.accounts), v.open())
	}
	if v.icon != assets.TrayNeedsYou || v.tooltip != "Keyfob · 999 signed in · 1 needs you" {
		t.Errorf("icon %d, %q", v.icon, v.tooltip)
	}
	v = viewOf(account.Snapshot{Accounts: many[:mostAccounts]})
	if len(v.accounts) != mostAccounts || v.open() != "Open Keyfob" {
		t.Errorf("%d entries, %q", len(v.accounts), v.open())
	}
}

func TestEveryStateHasAnEntry(t *testing.T) {
	for _, s := range account.Statuses {
		if e := entryOf(account.Account{ID: "a", Name: "Acme", Status: s}); e.state == "" || e.label == "" {
			t.Errorf("%s: %+v", s, e)
		}
	}
}

// TestEveryStateIsInTheMenuInWords: the menu says what window and command line say; the tooltip begins with it.
func TestEveryStateIsInTheMenuInWords(t *testing.T) {
	for _, a := range wordstest.Accounts(t) {
		v := viewOf(account.Snapshot{Accounts: []account.Account{a}})
		line := strings.Join(strings.Fields(words.Status(a).Text), " ")
		if got := v.accounts[0].state; got != cut(line, stateLength) {
			t.Errorf("%s, %v: %q", a.Status, a.Problem, got)
		}
		if want := cut("Keyfob · Acme: "+line, tooltipLength); v.tooltip != want {
			t.Errorf("%s, %v: tooltip %q, want %q", a.Status, a.Problem, v.tooltip, want)
		}
	}
}

// cut is s with an ellipsis where it is longer than most characters.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimRight(string(r[:most-1]), " ") + "…"
	}
	return s
}

// TestUsualStatesStandWholeInTheMenu: only what a provider says at length is cut.
func TestUsualStatesStandWholeInTheMenu(t *testing.T) {
	for _, s := range account.Statuses {
		a := account.Account{ID: "acme", Name: "Acme", Host: "acme.eu.auth0.com", Status: s, Renews: true, Who: jane()}
		if e := entryOf(a); e.state != words.Status(a).Text {
			t.Errorf("%s: %q", s, e.state)
		}
	}
	for _, why := range fault.Whys {
		a := account.Account{Status: account.NeedsSignIn, Problem: fault.New(fault.SignInRequired).WithReason(why)}
		if e := entryOf(a); e.state != words.Status(a).Text {
			t.Errorf("%s: %q", why, e.state)
		}
	}
}

// TestTheSameStateAgainIsTheSameView: what does not differ is not sent, so an open menu stays quiet. A renewal reads
// the same, and so does one more try that fails.
func TestTheSameStateAgainIsTheSameView(t *testing.T) {
	signedIn := account.Account{ID: "acme", Name: "Acme", Status: account.SignedIn, Renews: true, Who: jane()}
	renewing := signedIn
	renewing.Status = account.Renewing
	offline := signedIn
	offline.Status, offline.Problem = account.Offline, fault.New(fault.Offline, "host", "acme.example")
	again := offline
	again.Problem = offline.Problem.Because(errors.New("once more"))
	var changes int
	var last view
	for i := range 100 {
		a := []account.Account{signedIn, renewing}[i%2]
		if i >= 50 {
			a = []account.Account{offline, again}[i%2]
		}
		a.Until = time.Unix(int64(i), 0)
		a.RenewsBy = a.Until
		if v := viewOf(account.Snapshot{Seq: uint64(i), Accounts: []account.Account{a}}); !reflect.DeepEqual(v, last) {
			last = v
			changes++
		}
	}
	if changes != 2 {
		t.Errorf("two states are %d views", changes)
	}
}

func TestTooltipCounts(t *testing.T) {
	states := func(list ...account.Status) (s account.Snapshot) {
		for _, state := range list {
			s.Accounts = append(s.Accounts, account.Account{Name: "Acme", Status: state})
		}
		return s
	}
	for want, s := range map[string]account.Snapshot{
		"Keyfob":                             states(),
		"Keyfob · Acme: Signed out":          states(account.SignedOut),
		"Keyfob · 2 signed in":               states(account.SignedIn, account.SignedOut, account.Offline),
		"Keyfob · 1 signed in · 1 needs you": states(account.Renewing, account.NeedsSignIn),
		"Keyfob · 2 need you":                states(account.KeychainLocked, account.NeedsSignIn, account.SigningIn),
	} {
		if v := viewOf(s); v.tooltip != want {
			t.Errorf("%q, want %q", v.tooltip, want)
		}
	}
}

func TestTheMostUrgentStateIsTheIcon(t *testing.T) {
	v := viewOf(account.Snapshot{Accounts: []account.Account{
		{Status: account.SignedIn}, {Status: account.NeedsSignIn}, {Status: account.SigningIn},
	}})
	if v.icon != assets.TrayNeedsYou {
		t.Errorf("icon %d", v.icon)
	}
}

func TestLongAndHostileNamesStayOnOneShortLine(t *testing.T) {
	name := strings.Repeat("Very long ", 30) + "\n\u202eexe"
	e := entryOf(account.Account{Name: name, Demo: true, Status: account.SignedIn, Who: &account.Person{Name: name}})
	for s, most := range map[string]int{e.title: nameLength + len(" (demo)"), e.state: stateLength} {
		if utf8.RuneCountInString(s) > most || strings.ContainsAny(s, "\n\u202e") {
			t.Errorf("%q", s)
		}
	}
	if !strings.HasSuffix(e.title, "(demo)") {
		t.Errorf("the demo is not marked: %q", e.title)
	}
}

// TestEveryTextOfTheMenuIsFromTheCatalogue reads icon and menu in a language that nobody speaks.
func TestEveryTextOfTheMenuIsFromTheCatalogue(t *testing.T) {
	words.Use(words.Pseudo)
	defer words.Use(words.English)
	var all []account.Account
	for _, s := range account.Statuses {
		all = append(all, wordstest.WithActions(account.Account{ID: "a", Name: "Acme", Demo: true, Status: s}))
	}
	for _, some := range [][]account.Account{nil, all[:1], all, slices.Repeat(all, 3)} {
		v := viewOf(account.Snapshot{Accounts: some})
		texts := []string{v.tooltip, v.open()}
		for _, e := range v.accounts {
			texts = append(texts, e.title, e.state, e.label, e.alone())
		}
		for _, text := range texts {
			if !strings.HasPrefix(text, "[") {
				t.Errorf("%q", text)
			}
		}
	}
}
