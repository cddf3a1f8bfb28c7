// Package fault names what can go wrong, once, for the whole house.
//
// An Error is typed inside (a code of a closed list, with arguments), and is turned into a person's words in one
// place, the words package. It crosses the agent's socket as it is. The codes are what a person tells support: they
// never change their meaning.
//
// It is a leaf: it imports nothing of ours.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code is one entry of the closed list below.
type Code string

// The list. Beside each code: the arguments that its words use; "said" are the words of a provider
// or a library. Beside a reason stand, in quotation marks, those that it has more.
const (
	// The person's own doing, or the command line's.
	BadUsage        Code = "bad-usage"        // said
	SignInCancelled Code = "signin-cancelled" //
	Unconfirmed     Code = "unconfirmed"      //

	// Profiles.
	BadProfile     Code = "bad-profile"     // ; Findings
	ProfileSecret  Code = "profile-secret"  // field; Findings
	ProfileUnknown Code = "profile-unknown" // id, known, nearest
	ProfileExists  Code = "profile-exists"  // id
	ProfileChanged Code = "profile-changed" // id; Findings

	// Reaching the provider.
	Offline         Code = "offline"          // host; MaybeSent
	TLSFailure      Code = "tls-failure"      // host; MaybeSent
	ProviderTrouble Code = "provider-trouble" // host, status; Until, where it says
	Portal          Code = "network-portal"   // host
	RateLimited     Code = "rate-limited"     // host; Until
	QuotaExhausted  Code = "quota-exhausted"  // host; Until
	AnswerLost      Code = "answer-lost"      // host

	// What the provider says of itself.
	IssuerMismatch   Code = "issuer-mismatch"   // want, got, suggest (where only the last slash differs)
	InsecureEndpoint Code = "insecure-endpoint" // field, url
	ForeignEndpoint  Code = "foreign-endpoint"  // field, host
	DiscoveryInvalid Code = "discovery-invalid" // host, status, field
	PKCEUnsupported  Code = "pkce-unsupported"  // host
	RedirectRefused  Code = "redirect-refused"  // host
	KeysInvalid      Code = "signing-keys"      // host, status

	// Signing in.
	PortsBusy         Code = "ports-busy"         // addresses
	SignInTimeout     Code = "signin-timeout"     // redirect_uri
	SignInDenied      Code = "signin-denied"      // said
	SignInBlocked     Code = "signin-blocked"     // said
	SignInRefused     Code = "signin-refused"     // error, said
	CallbackInvalid   Code = "callback-invalid"   // name
	TokenResponse     Code = "token-response"     //
	IDTokenInvalid    Code = "id-token"           //
	ClockWrong        Code = "clock-wrong"        // theirs, ours
	WrongOrganization Code = "wrong-organization" // want
	ClientRefused     Code = "client-refused"     // error, said, client (the id of a program's own account)
	BrowserFailed     Code = "browser-failed"     // url

	// A session.
	SignInRequired  Code = "signin-required"   // said; Reason (see Whys)
	DifferentPerson Code = "different-person"  // was, now
	CannotRenew     Code = "cannot-renew"      //
	ScopeReduced    Code = "scope-reduced"     // missing
	NoIDToken       Code = "no-id-token"       //
	OpaqueToken     Code = "opaque-token"      //
	NotSaved        Code = "not-saved"         // client (the id of a program's own account)
	ShortLived      Code = "short-lived"       // ; Until
	RevokeFailed    Code = "revoke-failed"     // host, again (how long it is tried again; RFC 3339); Until
	NoBrowserLogout Code = "no-browser-logout" // host
	SignedOutLocal  Code = "signed-out"        // id
	NotAllowed      Code = "not-allowed"       // program, id; Reason (see NotAlloweds)

	// A program of its own, with a client's secret.
	SecretMissing Code = "secret-missing" // id
	SecretRefused Code = "secret-refused" // error, said, kept ("old": another secret stays)
	CapNear       Code = "cap-near"       // used, limit; Until
	CapReached    Code = "cap-reached"    // used, limit; Until

	// Calling an API.
	APIElsewhere    Code = "api-elsewhere"    // host, id
	APIUnauthorized Code = "api-unauthorized" // host, id, claim, got, want, said; Reason (see APIWhys)
	APIForbidden    Code = "api-forbidden"    // host, scope, said
	APILimited      Code = "api-limited"      // host; Until
	APIRefused      Code = "api-refused"      // host, status
	APIUnanswered   Code = "api-unanswered"   // host
	APICut          Code = "api-cut"          // host, said

	// The keychain.
	KeychainMissing Code = "keychain-missing" //
	KeychainLocked  Code = "keychain-locked"  //
	KeychainDenied  Code = "keychain-denied"  //
	KeychainSlow    Code = "keychain-slow"    //
	KeychainFailed  Code = "keychain-failed"  //
	SecretTooLarge  Code = "secret-too-large" // bytes, limit

	// This machine.
	NoAgent          Code = "no-agent"           //
	AgentFailed      Code = "agent-failed"       // said
	AlreadyRunning   Code = "already-running"    // pid, kind
	OtherUser        Code = "other-user"         //
	SocketUnsafe     Code = "socket-unsafe"      // path, said
	SocketTooLong    Code = "socket-too-long"    // path, said
	DiskTrouble      Code = "disk-trouble"       // path
	DemoNeedsDesktop Code = "demo-needs-desktop" //
	DemoPortBusy     Code = "demo-port-busy"     // address
	Internal         Code = "internal"           //
)

// Error is one thing that went wrong.
type Error struct {
	Code Code `json:"code"`
	// Reason is which of the code's reasons it was; empty where the code says it all.
	Reason Reason `json:"reason,omitempty"`
	// Until is the moment before which to ask again is of no use; zero where nobody told. ShortLived and RevokeFailed
	// have in it until when the token works.
	Until time.Time `json:"until,omitzero"`
	// MaybeSent tells of a request without a response that it may have arrived, and been acted on.
	MaybeSent bool `json:"maybe_sent,omitempty"`
	// Args fill the words. They are cleaned for display and never hold a secret.
	Args map[string]string `json:"args,omitempty"`
	// Findings are what BadProfile and ProfileSecret are about, or what ProfileChanged would change; of other codes, what
	// is wrong with a document.
	Findings []Finding `json:"findings,omitempty"`
	// Detail is the technical cause for the "Details" fold and the log: no secret, cleaned, one line.
	Detail string `json:"detail,omitempty"`

	cause error
}

// New makes an Error. Args come in pairs: name, value.
func New(code Code, args ...string) *Error {
	return &Error{Code: code, Args: pairs(args)}
}

// Because returns a copy of e with its technical cause; the cause's text becomes Detail. The caller makes sure that
// the text holds no secret.
func (e *Error) Because(cause error) *Error {
	c := *e
	if cause != nil {
		c.cause, c.Detail = cause, cause.Error()
	}
	return &c
}

// With returns a copy of e that has one more argument, or another value for it.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Args = with(e.Args, name, value)
	return &c
}

// WithReason returns a copy of e that has the reason.
func (e *Error) WithReason(r Reason) *Error {
	c := *e
	c.Reason = r
	return &c
}

// WithUntil returns a copy of e that has the moment, by the wall clock of UTC.
func (e *Error) WithUntil(t time.Time) *Error {
	c := *e
	c.Until = t.UTC().Round(0)
	return &c
}

// WithMaybeSent returns a copy of e that tells that the request may have arrived.
func (e *Error) WithMaybeSent() *Error {
	c := *e
	c.MaybeSent = true
	return &c
}

// Error is for logs and developers; people read words.Of(err).
func (e *Error) Error() string {
	switch {
	case e.Detail != "":
		return fmt.Sprintf("%s: %s", e.Code, e.Detail)
	case len(e.Findings) > 0:
		return fmt.Sprintf("%s: %s", e.Code, said(e.Findings))
	}
	return string(e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is(err, fault.New(code)) compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Of finds the Error in err's chain. An error that nobody typed becomes Internal, with its text as detail. A nil err
// gives nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return New(Internal).Because(err)
}

// CodeOf returns the code of err, or "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return Of(err).Code
}
