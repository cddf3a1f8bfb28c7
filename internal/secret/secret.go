// Package secret is the one type that holds a secret while Keyfob works with it.
//
// A Text is used for verifiers, codes, states, nonces, tokens of every kind and client secrets, from the moment they
// exist: it decodes itself, so that the struct into which a token response is read holds nothing else. Every printed
// form of it (fmt with any verb, JSON, text, slog, a panic) is the same redacted word, also when it sits in an
// unexported field of a struct that is printed whole. Only Reveal gives the characters, so that a reader of the code
// finds every place where a secret leaves the type by searching for one name.
//
// It is a leaf: it imports nothing of ours.
package secret

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Redacted is what every printed form of a Text says.
const Redacted = "[redacted]"

// Text is a secret string. Its zero value is the empty secret.
//
// The characters live behind a pointer: fmt does not call methods on unexported fields, and would print a plain
// string that is found there. A pointer prints as an address.
type Text struct{ p *string }

// New makes a Text of s.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{&s}
}

// Reveal returns the characters. Whoever calls it must not log, print or store them in the clear.
func (t Text) Reveal() string {
	if t.p == nil {
		return ""
	}
	return *t.p
}

// Empty tells whether there is no secret.
func (t Text) Empty() bool { return t.p == nil }

// Equal compares in constant time for secrets of one length.
func (t Text) Equal(u Text) bool {
	return subtle.ConstantTimeCompare([]byte(t.Reveal()), []byte(u.Reveal())) == 1
}

// String returns Redacted.
func (t Text) String() string { return Redacted }

// GoString returns Redacted.
func (t Text) GoString() string { return Redacted }

// Format prints Redacted whatever the verb.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// MarshalJSON encodes Redacted.
func (t Text) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalText encodes Redacted.
func (t Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalText takes the characters as they are; JSON decoders call it with what a string holds, and take nothing but
// strings. So a Text does not survive a round trip: whoever has to write one out says so with Reveal.
func (t *Text) UnmarshalText(text []byte) error {
	*t = New(string(text))
	return nil
}

// LogValue gives slog Redacted.
func (t Text) LogValue() slog.Value { return slog.StringValue(Redacted) }
