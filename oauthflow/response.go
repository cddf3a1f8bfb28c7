package oauthflow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/strictjson"
)

const (
	maxToken    = 64 << 10 // bytes of one token
	maxScope    = 8 << 10  // bytes of all scopes: they are kept beside the refresh token, where there is little room
	maxLifetime = 365 * 24 * time.Hour
)

// response is a token response (RFC 6749 §5.1) that passed: each field is what it says it is.
type response struct {
	access, refresh, id secret.Text
	scope               string        // "" where the provider did not say
	lifetime            time.Duration // of the access token; 0 where the provider did not say
	skew                time.Duration // see Tokens
	quotas              []account.Quota
}

// tokens reads a response without an error in it. §5.1 leaves nothing to taste: whoever sends something else may have
// been read differently by somebody before us.
func (a answer) tokens() (response, error) {
	if len(a.body) <= maxBody && !a.json() {
		return response{}, fault.New(fault.Portal, "host", a.host)
	}
	var said tokenResponse
	if err := strictjson.Decode(a.body, maxBody, &said); err != nil {
		return response{}, badResponse(reasonOf(err))
	}
	if wrong := said.wrong(); wrong != "" {
		return response{}, badResponse(wrong)
	}
	return response{
		access:   said.AccessToken,
		refresh:  said.RefreshToken,
		id:       said.IDToken,
		scope:    strings.Join(strings.Fields(said.Scope), " "),
		lifetime: lifetime(said.ExpiresIn),
	}, nil
}

// tokenResponse is the document of RFC 6749 §5.1, and of OpenID Connect Core §3.1.3.3 the ID token.
type tokenResponse struct {
	AccessToken  secret.Text    `json:"access_token"`
	TokenType    string         `json:"token_type"`
	ExpiresIn    jsontext.Value `json:"expires_in"`
	RefreshToken secret.Text    `json:"refresh_token"`
	IDToken      secret.Text    `json:"id_token"`
	Scope        string         `json:"scope"`
	Error        jsontext.Value `json:"error"`
}

// wrong is what keeps a response from being used; "" where nothing does. RFC 6749 §7.1: "The client MUST NOT use an
// access token if it does not understand the token type."
func (r tokenResponse) wrong() string {
	switch {
	case !empty(r.Error): // as text it was found before; what else it may be is no yes
		return "it brings an error"
	case r.AccessToken.Empty():
		return "it brings no access token"
	case !strings.EqualFold(r.TokenType, "bearer"):
		return "its token is not a bearer token"
	case !isToken(r.AccessToken) || !optional(r.RefreshToken) || !optional(r.IDToken):
		return "a token in it has characters or a length that no token has"
	case !isScope(r.Scope):
		return "its scope has characters or a length that no scope has"
	}
	return ""
}

func badResponse(reason string) error { return fault.New(fault.TokenResponse, "reason", reason) }

// reasonOf leaves out the name of a member that no response has: it may be anything, a secret of the request included.
func reasonOf(err error) string {
	known := []string{"access_token", "token_type", "expires_in", "refresh_token", "id_token", "scope", "error"}
	var where *strictjson.Error
	if errors.As(err, &where) && !slices.Contains(known, where.Member) {
		return where.Reason
	}
	return err.Error()
}

// isScope allows printable ASCII (RFC 6749 §3.3 leaves out two characters of it).
func isScope(s string) bool {
	return len(s) <= maxScope && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// isToken allows the visible characters of ASCII. RFC 6749 §A.12 has the space too, which no header could carry.
func isToken(t secret.Text) bool {
	s := t.Reveal()
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func optional(t secret.Text) bool { return t.Empty() || isToken(t) }

// empty tells whether a member is absent or says nothing.
func empty(v jsontext.Value) bool { return len(v) == 0 || v.Kind() == 'n' || string(v) == `""` }

// lifetime reads expires_in, which is a number of seconds, and has been seen as a float and as text. What says nothing
// useful (absent, text, zero, negative) counts as not said; a lifetime beyond a year as a year.
func lifetime(raw jsontext.Value) time.Duration {
	text := string(raw)
	if raw.Kind() == '"' {
		var s string
		_ = json.Unmarshal(raw, &s)
		text = strings.TrimSpace(s)
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if math.IsNaN(seconds) || err != nil && !math.IsInf(seconds, 1) || seconds < 1 {
		return 0
	}
	return time.Duration(min(math.Floor(seconds), maxLifetime.Seconds())) * time.Second
}

// salvage finds a refresh token in a response that may be wrong in any other way: cut off, too long, of a wrong type,
// with names twice, no JSON at all from some place on. The provider may have made the last one useless by sending it.
// Of two the last counts, as it would for most readers.
func salvage(a answer) secret.Text {
	body := bytes.TrimPrefix(a.body, []byte("\xef\xbb\xbf"))
	d := newSalvager(body)
	if start, err := d.ReadToken(); !a.ok() || err != nil || start.Kind() != '{' {
		return secret.Text{}
	}
	found, err := refreshTokenIn(d)
	if err != nil && found.Empty() {
		return scrape(body[d.InputOffset():])
	}
	return found
}

// refreshTokenIn reads the members of an object as far as they can be read.
func refreshTokenIn(d *jsontext.Decoder) (found secret.Text, err error) {
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return found, err
		}
		wanted := name.String() == "refresh_token"
		value, err := d.ReadValue()
		if err != nil {
			return found, err
		}
		if wanted {
			found = cmp.Or(tokenIn(value), found)
		}
	}
	return found, nil
}

// scrape looks for the same in text that is not JSON any more, as in a token with a line break in it.
func scrape(rest []byte) (found secret.Text) {
	for _, after := range bytes.Split(rest, []byte(`"refresh_token"`))[1:] {
		value, ok := bytes.CutPrefix(bytes.TrimSpace(after), []byte(":"))
		if !ok {
			continue
		}
		if s, err := newSalvager(value).ReadValue(); err == nil {
			found = cmp.Or(tokenIn(s), found)
		}
	}
	return found
}

func newSalvager(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// tokenIn is the token that a value holds; empty where it holds none.
func tokenIn(value jsontext.Value) (t secret.Text) {
	if json.Unmarshal(value, &t) != nil || !isToken(t) {
		return secret.Text{}
	}
	return t
}
