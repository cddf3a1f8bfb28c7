package account

import "slices"

// Action is something that can be done with an account as it is now: a closed set. Who holds the account says which;
// a client offers what it finds here, and knows no kinds of accounts.
//
// Each action has its rule beside it, which says in which states it is there.
type Action string

// The actions of an account that a person signs in to.
const (
	// ActSignIn: a person signs in, in the browser. In SignedOut and NeedsSignIn, unless Problem is that the profile
	// cannot be used (BadProfile, ProfileSecret).
	ActSignIn Action = "sign-in"
	// ActSignOut: the person's session ends. In every state with a session (Status.HasSession), in NeedsSignIn, and in
	// KeychainLocked, where a session is stored and cannot be read.
	ActSignOut Action = "sign-out"
	// ActSignOutInBrowser: the browser's session at the provider ends too. In SignedOut; a client offers it after a
	// sign-out of its own.
	ActSignOutInBrowser Action = "sign-out-browser"
	// ActCopyCallbacks: the callback addresses are copied, to be registered at the provider. In every
	// state: they are in the profile.
	ActCopyCallbacks Action = "copy-callbacks"
)

// The actions of a client: an account of a program of its own.
const (
	// ActSetSecret: the client's secret is given, or replaced by another. In every state.
	ActSetSecret Action = "set-secret"
	// ActForgetSecret: the client's secret is forgotten, and its token with it. In every state, where
	// a secret is held (Machine.Secret).
	ActForgetSecret Action = "forget-secret"
	// ActForgetToken: the token in hand is forgotten, and the next one asked for anew. In every state with a session
	// (Status.HasSession).
	ActForgetToken Action = "forget-token"
)

// Can tells whether act can be done with a.
func (a Account) Can(act Action) bool { return slices.Contains(a.Actions, act) }
