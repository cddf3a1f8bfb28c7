package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// Host is the name by which requests call the agent. A name that no resolver knows is one that no web page can use.
const Host = "keyfob"

// HeaderBytes is the most of a request's or a response's header.
const HeaderBytes = 8 << 10

// MaxTTL is a day: no access token that is worth the name lives for longer, and a larger number is a mistake.
const MaxTTL = 24 * time.Hour

// Who watches, as GET /v1/watch?client= says.
const (
	ClientWindow = "window"
	ClientTray   = "tray"
	ClientCLI    = "cli"
)

// The events of the two streams.
const (
	EventSnapshot = "snapshot" // watch: account.Snapshot
	EventAttempt  = "attempt"  // sign-in: account.Attempt
	EventDone     = "done"     // sign-in: {}
	EventFailed   = "failed"   // sign-in: Error
)

// Error is the response to what failed.
type Error struct {
	Error *fault.Error `json:"error"`
}

// TokenRequest asks for an access token.
type TokenRequest struct {
	// MinTTL is for how many seconds the token must be valid from now on; at most MaxTTL.
	MinTTL int64 `json:"min_ttl"`
	// Refused is the SHA-256, in hexadecimal digits, of a token that an API has refused: another is wanted.
	Refused string `json:"refused,omitempty"`
}

// Token is an access token. It decodes by itself; Encode writes it, and nothing else does.
type Token struct {
	AccessToken secret.Text `json:"access_token"`
	TokenType   string      `json:"token_type"`
	ExpiresAt   time.Time   `json:"expires_at,omitzero"`
	Scope       string      `json:"scope,omitempty"`
	// Note is what the caller should know though there is a token.
	Note *fault.Error `json:"note,omitempty"`
}

// TokenOf is what is sent of a.
func TokenOf(a account.Access) Token {
	return Token{AccessToken: a.Token, TokenType: a.Type, ExpiresAt: a.Expiry, Scope: a.Scope, Note: a.Note}
}

// Access is what was received.
func (t Token) Access() account.Access {
	return account.Access{Token: t.AccessToken, Type: t.TokenType, Expiry: t.ExpiresAt, Scope: t.Scope, Note: t.Note}
}

// Encode writes the token in plain characters.
func (t Token) Encode() ([]byte, error) {
	expires := t.ExpiresAt
	if !expires.IsZero() {
		expires = expires.UTC().Truncate(time.Second)
	}
	return encodeSecret(struct { // in this order: internal/fastpath reads it as it stands here
		AccessToken string       `json:"access_token"`
		TokenType   string       `json:"token_type"`
		ExpiresAt   time.Time    `json:"expires_at,omitzero"`
		Scope       string       `json:"scope,omitempty"`
		Note        *fault.Error `json:"note,omitempty"`
	}{t.AccessToken.Reveal(), t.TokenType, expires, t.Scope, t.Note})
}

// SecretRequest gives the account of a program its client's secret. No response ever holds one.
type SecretRequest struct {
	Secret secret.Text `json:"secret"`
	// Untried has it believed; else one token is asked for with it before it replaces the old one.
	Untried bool `json:"untried"`
}

// Encode writes the secret in plain characters.
func (r SecretRequest) Encode() ([]byte, error) {
	return encodeSecret(struct {
		Secret  string `json:"secret"`
		Untried bool   `json:"untried"`
	}{r.Secret.Reveal(), r.Untried})
}

// Gateway is a gateway that was opened. Its key is as good as tokens of that account for its API, and is told to nobody
// else.
type Gateway struct {
	URL       string                   `json:"url"`
	Key       secret.Text              `json:"key"`
	Addresses []account.GatewayAddress `json:"addresses"`
}

// Encode writes the key in plain characters.
func (g Gateway) Encode() ([]byte, error) {
	return encodeSecret(struct {
		URL       string                   `json:"url"`
		Key       string                   `json:"key"`
		Addresses []account.GatewayAddress `json:"addresses"`
	}{g.URL, g.Key.Reveal(), g.Addresses})
}

// SignInRequest asks for a sign-in.
type SignInRequest struct {
	// AnotherAccount asks the provider not to reuse the person it remembers.
	AnotherAccount bool `json:"another_account"`
}

// Page is what a browser is to open.
type Page struct {
	URL string `json:"url"`
}

// KeychainRequest says what to do where the keychain does not work.
type KeychainRequest struct {
	Use string `json:"use"` // UseMemory or UseRetry
}

// What KeychainRequest can ask for.
const (
	UseMemory = "memory" // keep sessions in memory only from now on
	UseRetry  = "retry"  // try the keychain again
)

// WindowRequest asks for the window.
type WindowRequest struct {
	// PID tells askers apart, so that one that asks twice gets the same response.
	PID int `json:"pid"`
}

// Window is the response to it.
type Window struct {
	// Raised is true when a window is there and was told to come forward; false when the asker shall become it.
	Raised bool `json:"raised"`
}

// Profiles are the accounts, for those who want no more than to choose one.
type Profiles struct {
	Profiles []ProfileLine `json:"profiles"`
}

// ProfileLine is one of them.
type ProfileLine struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Issuer string `json:"issuer,omitempty"`
}

// Log is what was handed out, the latest first.
type Log struct {
	HandOuts []account.HandOut `json:"hand_outs"`
}

// AnswerRequest is a person's answer to a program that waits.
type AnswerRequest struct {
	Answer account.Answer `json:"answer"`
}

// Encode is JSON on one line, with & < > as they are: people read it with curl.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	return b.Bytes(), nil
}

// encodeSecret is Encode for what holds a secret: the text of its error may quote it, and is dropped.
func encodeSecret(v any) ([]byte, error) {
	data, err := Encode(v)
	if err != nil {
		return nil, fault.New(fault.Internal)
	}
	return data, nil
}

// Seconds rounds up: a token asked for 1.5 s must not be one of 1 s.
func Seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }
