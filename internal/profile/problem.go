package profile

import (
	"strings"

	"keyfob/internal/fault"
)

// Problem is one thing that is wrong with a profile. None of its texts holds a value from the file, but for a host that
// is to be written in another form.
type Problem struct {
	Field   string // "api.base_urls[1]", cleaned; "the file" for the whole
	Reason  string // what is wrong, to be read after the field
	Example string // a good value; "" where an example would not help
}

// String is the problem on one line.
func (p Problem) String() string {
	s := p.Field + ": " + p.Reason
	if p.Example != "" {
		s += "; for example " + p.Example
	}
	return s
}

// Error is all that is wrong with a profile.
type Error struct {
	Problems []Problem // at least one

	secret bool // the problems are secrets in the file
}

// Error lists the problems, one a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the fault: ProfileSecret with the field, or BadProfile with the problems, one a line.
func (e *Error) Unwrap() error {
	if e.secret {
		return fault.New(fault.ProfileSecret, "field", e.Problems[0].Field)
	}
	return fault.New(fault.BadProfile, "problems", e.Error())
}

// wholeFile stands where a problem has no field.
const wholeFile = "the file"

// findings collects problems.
type findings struct {
	problems []Problem
	secret   bool
}

// most is how many problems are told. A hostile file has tens of thousands, which nobody reads.
const most = 30

// full tells that no more problems are noted.
func (f *findings) full() bool { return len(f.problems) == most }

// add notes a problem. The first of a field is the cause, so that later ones of it are dropped.
func (f *findings) add(field, reason string) {
	switch {
	case f.full():
		return
	case len(f.problems) == most-1:
		field, reason = wholeFile, "there is more wrong with it than these"
	case field == "":
		field = wholeFile
	case LooksLikeToken(field):
		field = "a field whose name looks like a token"
	}
	for _, p := range f.problems {
		if p.Field == field {
			return
		}
	}
	f.problems = append(f.problems, Problem{field, reason, example(field)})
}

// err is nil where nothing was found.
func (f *findings) err() error {
	if len(f.problems) == 0 {
		return nil
	}
	return &Error{f.problems, f.secret}
}

// example is a good value for a field. An item has the example of its list, a member that of its object.
func example(field string) string {
	for field != "" {
		if e := examples[field]; e != "" {
			return e
		}
		field = field[:max(strings.LastIndexAny(field, ".["), 0)]
	}
	return ""
}

var examples = map[string]string{
	"keyfob_profile":                `1`,
	"id":                            `"acme"`,
	"client_name":                   `"Acme"`,
	"client_uri":                    `"https://www.acme.example"`,
	"logo_uri":                      `"https://www.acme.example/logo.png"`,
	"contacts":                      `["support@acme.example"]`,
	"issuer":                        `"https://acme.eu.auth0.com/"`,
	"authorization_endpoint":        `"https://acme.eu.auth0.com/authorize"`,
	"token_endpoint":                `"https://acme.eu.auth0.com/oauth/token"`,
	"revocation_endpoint":           `"https://acme.eu.auth0.com/oauth/revoke"`,
	"device_authorization_endpoint": `"https://acme.eu.auth0.com/oauth/device/code"`,
	"end_session_endpoint":          `"https://acme.eu.auth0.com/oidc/logout"`,
	"jwks_uri":                      `"https://acme.eu.auth0.com/.well-known/jwks.json"`,
	"userinfo_endpoint":             `"https://acme.eu.auth0.com/userinfo"`,
	"client_id":                     `"kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS"`,
	"token_endpoint_auth_method":    `"none"`,
	"grant_types":                   `["authorization_code", "refresh_token"]`,
	"redirect_uris":                 `["http://127.0.0.1:17171/callback"]`,
	"scope":                         `"openid profile email offline_access"`,
	"audience":                      `"https://api.acme.example"`,
	"resource":                      `"https://api.acme.example/"`,
	"authorization_params":          `{"organization": "org_aBcD1234"}`,
	"provider":                      `"auth0"`,
	"api":                           `{"base_urls": ["https://api.acme.example/v1"]}`,
	"api.base_urls":                 `["https://api.acme.example/v1"]`,
	"api.test_url":                  `"https://api.acme.example/v1/me"`,
	"api.default_token_lifetime":    `3600`,
	"monthly_token_limit":           `1000`,
	"max_requests_per_second":       `50`,
	"domain":                        `acme.eu.auth0.com`,
}
