package profile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"keyfob/internal/display"
)

// check judges a decoded profile, field by field in the order of the file.
func (f *findings) check(p Profile) {
	if p.Version != Version {
		f.version(p.Version)
		return
	}
	f.note("id", idProblem(p.ID))
	f.people(p)
	f.provider(p)
	f.client(p)
	f.request(p)
	f.api(p)
}

// note adds a problem, if there is one.
func (f *findings) note(field, reason string) {
	if reason != "" {
		f.add(field, reason)
	}
}

// version forgets what else was found: a newer file may well hold fields that this program does not know.
func (f *findings) version(v int) {
	if v > Version {
		f.problems = nil
		f.add("keyfob_profile", "this file is for a newer Keyfob; update Keyfob, or ask for a file of version 1")
		return
	}
	f.add("keyfob_profile", "it must be there and be 1, the version of the file's format")
}

func (f *findings) people(p Profile) {
	const longest = 200
	if len(p.ClientName) > longest {
		f.add("client_name", "it is too long")
	}
	if p.ClientURI != "" {
		f.note("client_uri", urlProblem(p.ClientURI))
	}
	if p.LogoURI != "" {
		f.note("logo_uri", urlProblem(p.LogoURI))
	}
	f.list("contacts", p.Contacts, 10, func(s string) string {
		if strings.TrimSpace(s) == "" || len(s) > longest {
			return "it must be an e-mail address or a page, and not long"
		}
		return ""
	})
}

func (f *findings) provider(p Profile) {
	if p.Issuer == "" && !p.pinned() {
		f.add("issuer", "it is needed, unless the profile names the endpoints itself")
	}
	if p.Issuer != "" {
		f.note("issuer", issuerProblem(p.Issuer))
	}
	for _, e := range p.endpoints() {
		if e.url != "" {
			f.note(e.field, urlProblem(e.url))
		}
	}
	if p.Provider != "" && !slices.Contains([]string{"auth0", "keycloak"}, p.Provider) {
		f.add("provider", `it is a hint, "auth0" or "keycloak"; leave it out for all others`)
	}
}

// pinned tells whether the profile can do without discovery.
func (p Profile) pinned() bool {
	for _, t := range p.Grants() {
		if g, known := grantOf(t); known && g.StartsAt(p) == "" {
			return false
		}
	}
	return p.TokenEndpoint != ""
}

func (f *findings) client(p Profile) {
	f.note("client_id", clientIDProblem(p.ClientID))
	methods := []string{AuthNone, AuthBasic, AuthPost}
	if p.TokenEndpointAuthMethod != "" && !slices.Contains(methods, p.TokenEndpointAuthMethod) {
		f.add("token_endpoint_auth_method", "it must be one of "+strings.Join(methods, ", "))
	}
	if p.AuthMethod() == AuthNone && slices.ContainsFunc(p.GrantTypes, grantThat(func(g Grant) bool { return g.NeedsSecret })) {
		f.add("token_endpoint_auth_method", "client_credentials needs client_secret_basic or client_secret_post")
	}
	f.grants(p)
	f.list("redirect_uris", p.RedirectURIs, 20, redirectProblem)
}

func (f *findings) grants(p Profile) {
	known := grantTypes()
	f.list("grant_types", p.GrantTypes, len(known), func(s string) string {
		if slices.Contains(known, s) {
			return ""
		}
		return "it must be one of " + strings.Join(known, ", ")
	})
	switch {
	case p.GrantTypes == nil:
	case len(p.GrantTypes) > 1 && slices.ContainsFunc(p.GrantTypes, grantThat(func(g Grant) bool { return g.Alone })):
		f.add("grant_types", "client_credentials stands alone: a profile is for people or for a machine")
	case !slices.ContainsFunc(p.GrantTypes, grantThat(func(g Grant) bool { return !g.Continues })):
		f.add("grant_types", "it names no way to begin")
	}
}

func (f *findings) request(p Profile) {
	f.note("scope", scopeProblem(p.Scope))
	f.note("audience", audienceProblem(p.Audience))
	f.list("resource", p.Resource, 20, resourceProblem)
	if len(p.AuthorizationParams) > 50 {
		f.add("authorization_params", "there are too many")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(p.AuthorizationParams)) {
		f.note("authorization_params."+display.Clean(name, 60), paramProblem(name, p.AuthorizationParams[name]))
	}
}

// slowest is one request in ten seconds. Slower, what a sign-in needs to know of its provider would not come in time.
const slowest = 0.1

func (f *findings) api(p Profile) {
	if p.MonthlyTokenLimit < 0 {
		f.add("monthly_token_limit", "it must not be negative")
	}
	if p.MaxRequestsPerSecond < 0 {
		f.add("max_requests_per_second", "it must not be negative")
	} else if p.MaxRequestsPerSecond > 0 && p.MaxRequestsPerSecond < slowest {
		f.add("max_requests_per_second", "it must be 0.1 or more")
	}
	if p.API == nil {
		return
	}
	f.list("api.base_urls", p.API.BaseURLs, 100, baseURLProblem)
	if p.API.TestURL != "" {
		f.note("api.test_url", urlProblem(p.API.TestURL))
		if !slices.ContainsFunc(p.API.BaseURLs, func(base string) bool { return below(base, p.API.TestURL) }) {
			f.add("api.test_url", "it must lie below one of api.base_urls, since a token is sent there")
		}
	}
	const year = 366 * 24 * 3600
	if s := p.API.DefaultTokenLifetime; s < 0 || s > year {
		f.add("api.default_token_lifetime", "it must be a number of seconds, a year at most")
	}
}

// list judges each item of a list, and that it is a set of a sane size.
func (f *findings) list(field string, items []string, most int, problem func(string) string) {
	if len(items) > most {
		f.add(field, fmt.Sprintf("it has more than %d entries", most))
		return
	}
	for i, item := range items {
		at := field + "[" + strconv.Itoa(i) + "]"
		f.note(at, problem(item))
		if slices.Contains(items[:i], item) {
			f.add(at, "it is there twice")
		}
	}
}

var isID = matcher(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// isReserved knows the names that Windows takes for devices, whatever follows their first dot.
var isReserved = matcher(`^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)`)

// idProblem judges an id. It becomes the name of a file on every system, so it is a narrow one.
func idProblem(id string) string {
	switch {
	case id == "":
		return "it is needed; it is the profile's name on the command line"
	case !isID(id):
		return "it must be 1 to 64 of a-z, 0-9, dot, hyphen and underscore, and begin with a letter or a digit"
	case strings.HasSuffix(id, "."):
		return "it must not end in a dot"
	case isReserved(id):
		return "Windows reserves this name for a device"
	}
	return ""
}

// clientIDProblem judges a client id by RFC 6749 appendix A.1: printable ASCII.
func clientIDProblem(s string) string {
	if s == "" {
		return "it is needed; the provider's dashboard shows it"
	}
	if reason := technical(s); reason != "" {
		return reason
	}
	return foreignLetters(s)
}

func audienceProblem(s string) string { return technical(s) }

var isScope = matcher(`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`)

// scopeProblem judges a scope by RFC 6749 §3.3.
func scopeProblem(s string) string {
	if reason := technical(s); s == "" || reason != "" {
		return reason
	}
	if !isScope(s) {
		return "it must be words with one space between them, without quotes and backslashes"
	}
	return ""
}

// ours are the parameters of an authorization request that Keyfob sets itself, or that would change what the request
// means (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1 and §6, RFC 8707, RFC 9449 §10).
var ours = []string{
	"client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "code_challenge",
	"code_challenge_method", "audience", "resource", "request", "request_uri", "registration", "dpop_jkt",
	"code", "code_verifier", "grant_type", "client_assertion_type",
}

var isParam = matcher(`^[A-Za-z0-9._:-]{1,64}$`)

// paramProblem judges one of authorization_params.
func paramProblem(name, value string) string {
	switch {
	case slices.Contains(ours, strings.ToLower(name)):
		return "Keyfob sets this parameter itself; leave it out"
	case !isParam(name):
		return "a parameter's name has letters, digits, dot, hyphen, underscore and colon, and nothing else"
	case name == "max_age" && !seconds(value):
		return "it must be a whole number of seconds"
	}
	return technical(value)
}

func seconds(s string) bool {
	_, err := strconv.ParseUint(s, 10, 31)
	return err == nil
}

// curlyQuotes are what word processors and chat programs make of ' and ".
const curlyQuotes = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"

// maxText is the longest text that a machine compares, in bytes.
const maxText = 2048

// technical judges a text that a machine compares: nothing invisible in it, nothing that came along when it was copied,
// nothing that a word processor did.
func technical(s string) string {
	switch {
	case len(s) > maxText:
		return "it is too long"
	case strings.ContainsAny(s, curlyQuotes):
		return "it has a curly quote, as word processors write them; use a straight one, or none"
	case strings.ContainsAny(s, "\r\n"):
		return "it has a line end in it"
	case strings.TrimSpace(s) != s:
		return "it begins or ends with a blank"
	case quoted(s):
		return "it has quotes around it, which do not belong to it"
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "it has a character that cannot be seen"
	}
	return ""
}

func quoted(s string) bool {
	last := len(s) - 1
	return last > 0 && s[0] == s[last] && (s[0] == '"' || s[0] == '\'')
}
