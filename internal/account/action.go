package account

import "slices"

// Action is something that can be done with an account as it is now: a closed set. Who holds the account says which;
// a face offers what it finds here, and knows no kinds of accounts.
type Action string

// The actions.
const (
	ActSignIn           Action = "sign-in"          // a person signs in, in the browser
	ActSignOut          Action = "sign-out"         // the person's session ends
	ActSignOutInBrowser Action = "sign-out-browser" // the browser's session at the provider ends too
	ActSetSecret        Action = "set-secret"       // a client's secret is given, or replaced
	ActForgetToken      Action = "forget-token"     // the token in hand is forgotten, and the next one asked for anew
)

// Can tells whether act can be done with a.
func (a Account) Can(act Action) bool { return slices.Contains(a.Actions, act) }
