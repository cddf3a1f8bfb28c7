package jwt

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"keyfob/internal/secret"
)

// Form is what an access token looks like from outside: a closed set.
type Form string

// The forms.
const (
	Readable  Form = "readable"  // a signed JWT (RFC 7519), whose claims anybody may read
	Encrypted Form = "encrypted" // a JWE (RFC 7516), which its API alone can read
	Opaque    Form = "opaque"    // a reference, or anything else
)

// Look is what can be seen of a token without a key.
type Look struct {
	Form    Form
	Header  json.RawMessage // as sent; of a readable or encrypted one
	Payload json.RawMessage // as sent; of a readable one
}

// maxToken is the longest token that is looked into, in bytes.
const maxToken = 64 << 10

// LookAt decodes a token.
func LookAt(token secret.Text) Look {
	parts := strings.Split(token.Reveal(), ".")
	if len(token.Reveal()) > maxToken || len(parts) != 3 && len(parts) != 5 {
		return Look{Form: Opaque}
	}
	header, ok := object(parts[0])
	if !ok {
		return Look{Form: Opaque}
	}
	if len(parts) == 5 {
		if !names(header, "enc") { // RFC 7516 §4.1.2: "This Header Parameter MUST be present"
			return Look{Form: Opaque}
		}
		return Look{Form: Encrypted, Header: header}
	}
	payload, ok := object(parts[1])
	if !ok {
		return Look{Form: Opaque}
	}
	return Look{Form: Readable, Header: header, Payload: payload}
}

// object decodes a part of a token that must be a JSON object.
func object(part string) (json.RawMessage, bool) {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return data, err == nil && len(data) > 0 && data[0] == '{' && json.Valid(data)
}

// names tells whether a JSON object has a member.
func names(object json.RawMessage, member string) bool {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(object, &all) // it is valid: see object
	return all[member] != nil
}

// claims are those of a readable token, by name.
func (l Look) claims() map[string]json.RawMessage {
	var all map[string]json.RawMessage
	if l.Form == Readable {
		_ = json.Unmarshal(l.Payload, &all) // it is valid: see object
	}
	return all
}

// Audiences are what a readable token says it is for.
func (l Look) Audiences() []string {
	raw := l.claims()["aud"]
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var many []string
	_ = json.Unmarshal(raw, &many) // else there is none that can be read
	return many
}

// Has tells whether a claim is there, by its name or by the last part of one that is a URL (RFC 7519 §4.2).
func (l Look) Has(claim string) bool {
	for name := range l.claims() {
		if name == claim || strings.HasSuffix(name, "/"+claim) {
			return true
		}
	}
	return false
}
