package tray

import (
	"fmt"
	"slices"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/words"
)

// Bounds in characters. Windows cuts a tooltip at 127.
const (
	nameLength    = 32
	stateLength   = 100 // in the menu
	tooltipLength = 64
)

// mostAccounts are shown in the menu: more fit on no screen, and each costs the resident memory all day. The window,
// a click away, shows all.
const mostAccounts = 24

// deed is what a click can ask for.
type deed int

const (
	nothing deed = iota
	signIn
	cancelSignIn
	signOut
	copyToken
	open
	quit
)

// click is one deed and the account that it is for.
type click struct {
	what deed
	id   string
}

// view is everything that icon and menu show.
type view struct {
	icon     assets.TrayState
	tooltip  string
	accounts []entry
	more     int // accounts that the menu does not show
}

// entry is one account in the menu.
type entry struct {
	id    string
	title string // the name
	state string // the state in words
	act   deed   // what the first item does now; nothing disables it
	label string // of the first item
	copy  bool   // there is a token to copy
}

// alone is the state line of a menu with a single account, where no submenu carries its name.
func (e entry) alone() string { return e.title + ": " + e.state }

func viewOf(s account.Snapshot) view {
	v := view{icon: assets.TraySignedOut, tooltip: tooltip(s.Accounts), more: max(len(s.Accounts)-mostAccounts, 0)}
	for i, a := range s.Accounts {
		v.icon = max(v.icon, iconOf(a.Status))
		if i < mostAccounts {
			v.accounts = append(v.accounts, entryOf(a))
		}
	}
	return v
}

// open is what the item says that opens the window.
func (v view) open() string {
	if v.more > 0 {
		return fmt.Sprintf("Open Keyfob (%d more)", v.more)
	}
	return "Open Keyfob"
}

func entryOf(a account.Account) entry {
	e := entry{
		id: a.ID, title: display.Clean(a.Name, nameLength), state: display.Clean(words.Status(a).Text, stateLength),
		copy: a.Status.HasSession(),
	}
	if a.Demo {
		e.title += " (demo)"
	}
	e.act, e.label = primary(a.Status)
	return e
}

func primary(s account.Status) (deed, string) {
	switch {
	case s == account.SigningIn:
		return cancelSignIn, "Cancel signing in"
	case s.HasSession():
		return signOut, "Sign out"
	case s == account.SignedOut, s == account.NeedsSignIn:
		return signIn, "Sign in"
	default:
		return nothing, "Sign in"
	}
}

func iconOf(s account.Status) assets.TrayState {
	switch {
	case s == account.NeedsSignIn, s == account.KeychainLocked:
		return assets.TrayNeedsYou
	case s == account.SigningIn:
		return assets.TrayWaiting
	case s.HasSession():
		return assets.TraySignedIn
	default:
		return assets.TraySignedOut
	}
}

// tooltip tells the state of the only account, or counts.
func tooltip(accounts []account.Account) string {
	if len(accounts) == 1 {
		return display.Clean("Keyfob · "+entryOf(accounts[0]).alone(), tooltipLength)
	}
	count := func(states ...account.Status) (n int) {
		for _, a := range accounts {
			if slices.Contains(states, a.Status) {
				n++
			}
		}
		return n
	}
	text := "Keyfob"
	if n := len(accounts) - count(account.Loading, account.SignedOut, account.SigningIn, account.NeedsSignIn,
		account.KeychainLocked, account.SigningOut); n > 0 {
		text += fmt.Sprintf(" · %d signed in", n)
	}
	if n := count(account.NeedsSignIn, account.KeychainLocked); n == 1 {
		text += " · 1 needs you"
	} else if n > 1 {
		text += fmt.Sprintf(" · %d need you", n)
	}
	return text
}
