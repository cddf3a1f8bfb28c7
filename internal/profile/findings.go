package profile

import (
	"slices"
	"strings"

	"keyfob/internal/fault"
)

// wholeFile stands where a finding is about no field alone.
const wholeFile = ""

// flaw is what is wrong with a value. The zero flaw is that nothing is.
type flaw struct {
	reason fault.Reason
	args   []string // of the reason: name, value
}

func (f flaw) found() bool { return f.reason != "" }

// findings collects all that is wrong with a profile. None of them holds a value from the file, but for a host that is
// to be written in another form.
type findings struct {
	all    []fault.Finding
	secret bool // they are secrets in the file
}

// most is how many findings are told. A hostile file has tens of thousands, which nobody reads.
const most = 30

// full tells that no more findings are noted.
func (f *findings) full() bool { return len(f.all) == most }

// add notes a finding. The first of a field is the cause, so that later ones of it are dropped.
func (f *findings) add(field string, reason fault.Reason, args ...string) {
	f.note(fault.Find(field, reason, args...))
}

// judge notes a flaw, if there is one.
func (f *findings) judge(field string, wrong flaw) {
	if wrong.found() {
		f.add(field, wrong.reason, wrong.args...)
	}
}

func (f *findings) note(found fault.Finding) {
	switch {
	case f.full():
		return
	case len(f.all) == most-1:
		found = fault.Find(wholeFile, fault.ProfileMore)
	case LooksLikeToken(found.Field):
		found.Field = fault.HiddenField
	}
	if slices.ContainsFunc(f.all, func(other fault.Finding) bool { return other.Field == found.Field }) {
		return
	}
	if found.Args["example"] == "" {
		found = withExample(found, example(found.Field))
	}
	f.all = append(f.all, found)
}

// err is nil where nothing was found; else ProfileSecret or BadProfile.
func (f *findings) err() error {
	switch {
	case len(f.all) == 0:
		return nil
	case f.secret:
		return fault.New(fault.ProfileSecret).WithFindings(f.all...)
	}
	return fault.New(fault.BadProfile).WithFindings(f.all...)
}

func withExample(f fault.Finding, example string) fault.Finding {
	if example == "" {
		return f
	}
	return f.With("example", example)
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
