package localapi

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// What crosses the socket beside the types of account and the profile file. A hand-out is the one place where a
// secret.Text becomes plain characters on purpose; a refresh token has no field anywhere.

// host is the name by which requests call us. A name that no resolver knows is one that no web page can use.
const host = "keyfob"

type tokenRequest struct {
	// MinTTL is for how many seconds the token must be valid from now on; at most maxTTL.
	MinTTL int64 `json:"min_ttl"`
	// Refused is the SHA-256, in hexadecimal digits, of a token that an API has refused: another is wanted.
	Refused string `json:"refused,omitempty"`
}

// Header values that every answer shares.
var (
	jsonType = []string{"application/json"}
	noStore  = []string{"no-store"} // RFC 6750, section 5.3
)

// maxTTL is a day: no access token that is worth the name lives for longer, and a larger number is a mistake.
const maxTTL = 24 * time.Hour

// handOut decodes by itself; it is written by its own encode, and by nothing else.
type handOut struct {
	AccessToken secret.Text `json:"access_token"`
	TokenType   string      `json:"token_type"`
	ExpiresAt   time.Time   `json:"expires_at,omitzero"`
	Scope       string      `json:"scope,omitempty"`
	// Note is what the caller should know though there is a token.
	Note *fault.Error `json:"note,omitempty"`
}

func handOutOf(a account.Access) handOut {
	return handOut{AccessToken: a.Token, TokenType: a.Type, ExpiresAt: a.Expiry, Scope: a.Scope, Note: a.Note}
}

// encode reveals the token, and writes the rest as the other encode does, in a fraction of the time: a script may ask
// before each of its requests. What it writes is appended to b.
func (h handOut) encode(b []byte) ([]byte, error) {
	const around = 200                                                  // names, kind and time; a note may need more
	b = slices.Grow(b, len(h.AccessToken.Reveal())+len(h.Scope)+around) // what is outgrown is not emptied: see buffers
	b, err := appendText(append(b, `{"access_token":`...), h.AccessToken.Reveal())
	if err == nil {
		b, err = appendText(append(b, `,"token_type":`...), h.TokenType)
	}
	if !h.ExpiresAt.IsZero() {
		b = append(b, `,"expires_at":"`...)
		b = append(h.ExpiresAt.UTC().AppendFormat(b, time.RFC3339), '"')
	}
	if err == nil && h.Scope != "" {
		b, err = appendText(append(b, `,"scope":`...), h.Scope)
	}
	if err == nil && h.Note != nil {
		b, err = h.appendNote(b)
	}
	if err != nil {
		return nil, fault.New(fault.Internal) // the text of err may quote the token
	}
	return append(b, "}\n"...), nil
}

// appendText appends s as JSON. What has nothing to escape, as every token that fits into a header, goes in as it is.
func appendText(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return jsontext.AppendQuote(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"'), nil
}

func (h handOut) appendNote(b []byte) ([]byte, error) {
	note, err := json.Marshal(h.Note)
	return append(append(b, `,"note":`...), note...), err
}

func (h handOut) access() account.Access {
	return account.Access{
		Token: h.AccessToken, Type: h.TokenType, Expiry: h.ExpiresAt, Scope: h.Scope, Note: h.Note,
	}
}

type signInRequest struct {
	// AnotherAccount asks the provider not to reuse the person it remembers.
	AnotherAccount bool `json:"another_account"`
}

type pageAnswer struct {
	URL string `json:"url"` // what a browser is to open
}

type keychainRequest struct {
	Use string `json:"use"` // useMemory or useRetry
}

const (
	useMemory = "memory" // keep sessions in memory only from now on
	useRetry  = "retry"  // try the keychain again
)

type windowRequest struct {
	// PID tells askers apart, so that one that asks twice gets the same answer.
	PID int `json:"pid"`
}

type windowAnswer struct {
	// Raised is true when a window is there and was told to come forward; false when the asker shall become it.
	Raised bool `json:"raised"`
}

type profilesAnswer struct {
	Profiles []profileLine `json:"profiles"`
}

type profileLine struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Issuer string `json:"issuer,omitempty"`
}

type logAnswer struct {
	HandOuts []account.HandOut `json:"hand_outs"` // the latest first
}

type answerRequest struct {
	Answer account.Answer `json:"answer"`
}

type errorAnswer struct {
	Error *fault.Error `json:"error"`
}

// The events of the two streams.
const (
	eventSnapshot = "snapshot" // watch: account.Snapshot
	eventAttempt  = "attempt"  // sign-in: account.Attempt
	eventDone     = "done"     // sign-in: {}
	eventFailed   = "failed"   // sign-in: errorAnswer
)

// The faces that watch.
const (
	FaceWindow = "window"
	FaceTray   = "tray"
	FaceCLI    = "cli"
)

// encode is JSON on one line, with & < > as they are: people read it with curl.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	return b.Bytes(), nil
}

// seconds rounds up: a token asked for 1.5 s must not be one of 1 s.
func seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }
