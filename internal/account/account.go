package account

import (
	"cmp"
	"slices"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// Status is the state of one account: a closed set, see Statuses.
type Status string

// The states.
const (
	Loading        Status = "loading"         // the keychain is still being read
	SignedOut      Status = "signed_out"      // nobody; Problem tells why the last sign-in failed, if one did
	SigningIn      Status = "signing_in"      // Attempt is set: a person is in the browser
	SignedIn       Status = "signed_in"       // Who and Until are set
	Renewing       Status = "renewing"        // signed in, a refresh is under way
	NeedsSignIn    Status = "needs_sign_in"   // the provider wants the person again; Problem tells why
	Offline        Status = "offline"         // signed in, the provider cannot be reached
	Trouble        Status = "trouble"         // signed in, the provider answers with errors
	Limited        Status = "limited"         // signed in, the provider says "not now"
	KeychainLocked Status = "keychain_locked" // a session is stored but cannot be read now
	SigningOut     Status = "signing_out"     // revoking and deleting
)

// Statuses is the closed set.
var Statuses = []Status{
	Loading, SignedOut, SigningIn, SignedIn, Renewing, NeedsSignIn, Offline, Trouble, Limited, KeychainLocked, SigningOut,
}

// HasSession tells whether somebody is signed in in this state, with or without a fresh token.
func (s Status) HasSession() bool {
	return slices.Contains([]Status{SignedIn, Renewing, Offline, Trouble, Limited}, s)
}

// Person is who is signed in, as the ID token says, cleaned for display.
type Person struct {
	Subject      string `json:"sub"`
	Name         string `json:"name,omitempty"`
	Email        string `json:"email,omitempty"`
	Organization string `json:"organization,omitempty"`
}

// Called is how a person is called, by the best that is known: name, else e-mail, else subject.
func (p Person) Called() string { return cmp.Or(p.Name, p.Email, p.Subject) }

// Attempt is a sign-in that waits for the browser.
type Attempt struct {
	ID          string    `json:"id"`           // tells attempts apart; not secret
	URL         string    `json:"url"`          // what the browser opens
	RedirectURI string    `json:"redirect_uri"` // what must be registered at the provider
	Started     time.Time `json:"started"`
	Expires     time.Time `json:"expires"` // when Keyfob stops waiting
}

// Account is one profile and its session.
type Account struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`             // client_name, cleaned; the id where there is none
	Issuer  string   `json:"issuer,omitempty"` // as the profile says
	Host    string   `json:"host"`             // of the issuer, punycode
	Demo    bool     `json:"demo,omitempty"`
	Support []string `json:"support,omitempty"` // contacts

	Status     Status         `json:"status"`
	Who        *Person        `json:"who,omitempty"`
	Until      time.Time      `json:"until,omitzero"`        // when the access token in hand expires
	RenewsBy   time.Time      `json:"renews_by,omitzero"`    // when it will be renewed
	Renews     bool           `json:"renews"`                // Keyfob holds a refresh token
	Saved      bool           `json:"saved"`                 // the session is in the keychain (else in memory only)
	Problem    *fault.Error   `json:"problem,omitempty"`     // what keeps it from working
	Notices    []*fault.Error `json:"notices,omitempty"`     // what a person should know though it works
	API        bool           `json:"api,omitempty"`         // its profile names an API, which it can be used to call
	GatewayURL string         `json:"gateway_url,omitempty"` // of the gateway that is open for it in this agent
	AskFirst   bool           `json:"ask_first,omitempty"`   // a person is asked before a program gets a token
	Attempt    *Attempt       `json:"attempt,omitempty"`
	InFlight   bool           `json:"in_flight,omitempty"` // new tokens are being asked for, whatever the status says
	Actions    []Action       `json:"actions,omitempty"`   // what can be done with it now
	Machine    *Machine       `json:"machine,omitempty"`   // nobody signs in: it is a program's own; nil for people
}

// Keychain is what the operating system's keychain allows.
type Keychain struct {
	State   KeychainState `json:"state"`
	Problem *fault.Error  `json:"problem,omitempty"`
}

// KeychainState is a closed set.
type KeychainState string

// The keychain's states.
const (
	KeychainChecking   KeychainState = "checking"
	KeychainReady      KeychainState = "ready"
	KeychainUnusable   KeychainState = "unusable"    // Problem tells why; nothing is stored
	KeychainMemoryOnly KeychainState = "memory_only" // the person chose to keep sessions in memory only
)

// Agent is who serves: the one process that holds tokens.
type Agent struct {
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Kind    Kind      `json:"kind"`
	Started time.Time `json:"started"`
	Log     string    `json:"log"`  // path of the diagnostic log
	Tray    bool      `json:"tray"` // a tray host shows our icon
	Demo    bool      `json:"demo"` // this agent can host the demo provider
}

// Kind of agent.
type Kind string

// The two kinds.
const (
	Desktop  Kind = "desktop"
	Headless Kind = "headless"
)

// Snapshot is everything that a client draws, at one moment.
type Snapshot struct {
	Seq      uint64    `json:"seq"`   // grows with every change
	Raise    uint64    `json:"raise"` // grows when the window is to come forward
	Keychain Keychain  `json:"keychain"`
	Accounts []Account `json:"accounts"` // in the order of their names
	Agent    Agent     `json:"agent"`
	Requests []Request `json:"requests,omitempty"` // programs that wait for a person's answer, the oldest first
}

// Account returns the account with that id.
func (s Snapshot) Account(id string) (Account, bool) {
	i := slices.IndexFunc(s.Accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, false
	}
	return s.Accounts[i], true
}

// Access is one access token as it is handed out. There is no refresh token in it: it cannot leak from here.
type Access struct {
	Token  secret.Text
	Type   string // "Bearer"
	Scope  string // what the provider granted, space-separated
	Expiry time.Time
	// Note says why the token is good for less time than was asked for (fault.ShortLived); nil where it is not.
	Note *fault.Error
}

// SignOutReport says honestly what a sign-out did.
type SignOutReport struct {
	Revoked    bool         `json:"revoked"`              // the provider confirmed it
	NoRevoke   bool         `json:"no_revoke,omitempty"`  // there is no revocation endpoint, or nothing to revoke
	Deleted    bool         `json:"deleted"`              // the session is gone from keychain and memory
	Problem    *fault.Error `json:"problem,omitempty"`    // why one of the two is false
	ValidUntil time.Time    `json:"valid_until,omitzero"` // the last access token works until then
}
