package oauthflow

import (
	"encoding/json"
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

// tokenResponse is a token response (RFC 6749 §5.1) that passed: each field is what it says it is.
type tokenResponse struct {
	access, refresh, id secret.Text
	scope               string        // "" where the provider did not say
	lifetime            time.Duration // of the access token; 0 where the provider did not say
	skew                time.Duration // see Tokens
	quotas              []account.Quota
}

// tokens reads a response without an error in it, exactly as §5.1 has it. What deviates could be read in another way by
// somebody between the provider and us.
func (r response) tokens() (tokenResponse, error) {
	if len(r.body) <= maxBody && !r.json() {
		return tokenResponse{}, fault.New(fault.Portal, "host", r.host)
	}
	var said tokenDocument
	if err := strictjson.Decode(r.body, maxBody, &said); err != nil {
		f := fault.New(fault.TokenResponse).WithReason(fault.ResponseUnreadable)
		return tokenResponse{}, f.WithFindings(wrongMember(err))
	}
	if wrong := said.wrong(); wrong != "" {
		return tokenResponse{}, fault.New(fault.TokenResponse).WithReason(wrong)
	}
	return tokenResponse{
		access:   said.AccessToken,
		refresh:  said.RefreshToken,
		id:       said.IDToken,
		scope:    strings.Join(strings.Fields(said.Scope), " "),
		lifetime: lifetime(said.ExpiresIn),
	}, nil
}

// tokenDocument is the document of RFC 6749 §5.1, and of OpenID Connect Core §3.1.3.3 the ID token.
type tokenDocument struct {
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
func (d tokenDocument) wrong() fault.Reason {
	switch {
	case !empty(d.Error): // as text it was found before; what else it may be is no yes
		return fault.ResponseHasError
	case d.AccessToken.Empty():
		return fault.ResponseNoAccessToken
	case !strings.EqualFold(d.TokenType, "bearer"):
		return fault.ResponseNotBearer
	case !isToken(d.AccessToken) || !optional(d.RefreshToken) || !optional(d.IDToken):
		return fault.ResponseBadToken
	case !isScope(d.Scope):
		return fault.ResponseBadScope
	}
	return ""
}

// wrongMember is what is wrong with the document. It leaves out the name of a member that no response has: it may be
// anything, a secret of the request included.
func wrongMember(err error) fault.Finding {
	known := []string{"access_token", "token_type", "expires_in", "refresh_token", "id_token", "scope", "error"}
	found := strictjson.Finding(err)
	if !slices.Contains(known, found.Field) {
		found.Field = ""
	}
	return found
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
