package wordstest

import (
	"slices"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// WithActions fills in what can be done with a as the agent does: see the rules in package account.
func WithActions(a account.Account) account.Account {
	a.Actions = personActions(a)
	if a.Machine != nil {
		a.Actions = clientActions(a)
	}
	return a
}

func personActions(a account.Account) []account.Action {
	actions := []account.Action{account.ActCopyCallbacks}
	useless := a.Problem != nil && slices.Contains([]fault.Code{fault.BadProfile, fault.ProfileSecret}, a.Problem.Code)
	if (a.Status == account.SignedOut || a.Status == account.NeedsSignIn) && !useless {
		actions = append(actions, account.ActSignIn)
	}
	if a.Status.HasSession() || a.Status == account.NeedsSignIn || a.Status == account.KeychainLocked {
		actions = append(actions, account.ActSignOut)
	}
	if a.Status == account.SignedOut {
		actions = append(actions, account.ActSignOutInBrowser)
	}
	return actions
}

func clientActions(a account.Account) []account.Action {
	actions := []account.Action{account.ActSetSecret}
	if a.Machine.Secret {
		actions = append(actions, account.ActForgetSecret)
	}
	if a.Status.HasSession() {
		actions = append(actions, account.ActForgetToken)
	}
	return actions
}
