package tray

import (
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

// mostAccounts are shown in the menu: more fit on no screen, and each costs the agent memory all day. The window,
// a click away, shows all.
const mostAccounts = 24

// action is what a click can ask for.
type action int

const (
	nothing action = iota
	signIn
	cancelSignIn
	signOut
	copyToken
	open
	quit
)

// click is one action and the account that it is for.
type click struct {
	what action
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
	act   action // what the first item does now; nothing disables it
	label string // of the first item; empty: there is none
	copy  bool   // there is a token to copy
}

// alone is the state line of a menu with a single account, where no submenu carries its name.
func (e entry) alone() string { return words.T("tray.alone", "account", e.title, "state", e.state) }

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
		return words.T("tray.open-more", "n", v.more)
	}
	return words.T("tray.open")
}

func entryOf(a account.Account) entry {
	e := entry{
		id: a.ID, title: display.Clean(a.Name, nameLength), state: display.Clean(words.Status(a).Text, stateLength),
		copy: a.Status.HasSession(),
	}
	if a.Demo {
		e.title = words.T("tray.demo", "account", e.title)
	}
	e.act, e.label = primary(a)
	return e
}

// primary is what the first item does now. One that does nothing still says what it will do; there is none where nobody
// ever signs in.
func primary(a account.Account) (action, string) {
	switch {
	case a.Status == account.SigningIn:
		return cancelSignIn, words.T("tray.cancel")
	case a.Status.HasSession() && a.Can(account.ActSignOut):
		return signOut, words.T("tray.sign-out")
	case a.Can(account.ActSignIn):
		return signIn, words.T("tray.sign-in")
	case a.Can(account.ActSetSecret):
		return nothing, ""
	default:
		return nothing, words.T("tray.sign-in")
	}
}

func iconOf(s account.Status) assets.TrayState {
	switch {
	case needsPerson(s):
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
		return display.Clean(words.T("tray.tooltip", "account", entryOf(accounts[0]).alone()), tooltipLength)
	}
	count := func(counts func(account.Status) bool) (n int) {
		for _, a := range accounts {
			if counts(a.Status) {
				n++
			}
		}
		return n
	}
	in, needing := "", ""
	if n := count(account.Status.HasSession); n > 0 {
		in = words.T("tray.signed-in", "n", n)
	}
	if n := count(needsPerson); n > 0 {
		needing = words.T("tray.need-you", "n", n)
	}
	return words.T("tray.tooltip", "in", in, "needing", needing)
}

func needsPerson(s account.Status) bool {
	return s == account.NeedsSignIn || s == account.KeychainLocked
}
