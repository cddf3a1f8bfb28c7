package profile

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// check judges a decoded profile, field by field in the order of the file.
func (f *findings) check(p Profile) {
	if p.Version != Version {
		f.version(p.Version)
		return
	}
	f.judge("id", idProblem(p.ID))
	f.people(p)
	f.provider(p)
	f.client(p)
	f.request(p)
	f.api(p)
}

// version forgets what else was found: a newer file may well hold fields that this program does not know.
func (f *findings) version(v int) {
	if v > Version {
		f.all = nil
		f.add("keyfob_profile", fault.ProfileNewer)
		return
	}
	f.add("keyfob_profile", fault.ProfileVersion)
}

func (f *findings) people(p Profile) {
	const longest = 200
	if len(p.ClientName) > longest {
		f.add("client_name", fault.ProfileTooLong)
	}
	if p.ClientURI != "" {
		f.judge("client_uri", urlProblem(p.ClientURI))
	}
	if p.LogoURI != "" {
		f.judge("logo_uri", urlProblem(p.LogoURI))
	}
	f.list("contacts", p.Contacts, 10, func(s string) flaw {
		if strings.TrimSpace(s) == "" || len(s) > longest {
			return flaw{reason: fault.ProfileContact}
		}
		return flaw{}
	})
}

func (f *findings) provider(p Profile) {
	if p.Issuer == "" && !p.pinned() {
		f.add("issuer", fault.ProfileIssuerNeeded)
	}
	if p.Issuer != "" {
		f.judge("issuer", issuerProblem(p.Issuer))
	}
	for _, e := range p.endpoints() {
		if e.url != "" {
			f.judge(e.field, urlProblem(e.url))
		}
	}
	if p.Provider != "" && !slices.Contains([]string{"auth0", "keycloak"}, p.Provider) {
		f.add("provider", fault.ProfileProviderHint)
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
	f.judge("client_id", clientIDProblem(p.ClientID))
	methods := []string{AuthNone, AuthBasic, AuthPost}
	if p.TokenEndpointAuthMethod != "" && !slices.Contains(methods, p.TokenEndpointAuthMethod) {
		f.add("token_endpoint_auth_method", fault.ProfileOneOf, "known", strings.Join(methods, ", "))
	}
	if p.AuthMethod() == AuthNone && slices.ContainsFunc(p.GrantTypes,
		grantThat(func(g Grant) bool { return g.NeedsSecret })) {
		f.add("token_endpoint_auth_method", fault.ProfileGrantNeedsSecret)
	}
	f.grants(p)
	f.list("redirect_uris", p.RedirectURIs, 20, redirectProblem)
}

func (f *findings) grants(p Profile) {
	known := grantTypes()
	f.list("grant_types", p.GrantTypes, len(known), func(s string) flaw {
		if slices.Contains(known, s) {
			return flaw{}
		}
		return flaw{fault.ProfileOneOf, []string{"known", strings.Join(known, ", ")}}
	})
	switch {
	case p.GrantTypes == nil:
	case len(p.GrantTypes) > 1 && slices.ContainsFunc(p.GrantTypes, grantThat(func(g Grant) bool { return g.Alone })):
		f.add("grant_types", fault.ProfileGrantAlone)
	case !slices.ContainsFunc(p.GrantTypes, grantThat(func(g Grant) bool { return !g.Continues })):
		f.add("grant_types", fault.ProfileGrantBegins)
	}
}

func (f *findings) request(p Profile) {
	f.judge("scope", scopeProblem(p.Scope))
	f.judge("audience", audienceProblem(p.Audience))
	f.list("resource", p.Resource, 20, resourceProblem)
	if len(p.AuthorizationParams) > 50 {
		f.add("authorization_params", fault.ProfileTooMany)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(p.AuthorizationParams)) {
		f.judge("authorization_params."+display.Clean(name, 60), paramProblem(name, p.AuthorizationParams[name]))
	}
}

// slowest is one request in ten seconds. Slower, what a sign-in needs to know of its provider would not come in time.
const slowest = 0.1

func (f *findings) api(p Profile) {
	if p.MonthlyTokenLimit < 0 {
		f.add("monthly_token_limit", fault.ProfileNegative)
	}
	if p.MaxRequestsPerSecond < 0 {
		f.add("max_requests_per_second", fault.ProfileNegative)
	} else if p.MaxRequestsPerSecond > 0 && p.MaxRequestsPerSecond < slowest {
		f.add("max_requests_per_second", fault.ProfileRate, "least", strconv.FormatFloat(slowest, 'g', -1, 64))
	}
	if p.API == nil {
		return
	}
	f.list("api.base_urls", p.API.BaseURLs, 100, baseURLProblem)
	if p.API.TestURL != "" {
		f.judge("api.test_url", urlProblem(p.API.TestURL))
		if !slices.ContainsFunc(p.API.BaseURLs, func(base string) bool { return below(base, p.API.TestURL) }) {
			f.add("api.test_url", fault.ProfileTestURL)
		}
	}
	const year = 366 * 24 * 3600
	if s := p.API.DefaultTokenLifetime; s < 0 || s > year {
		f.add("api.default_token_lifetime", fault.ProfileLifetime)
	}
}

// list judges each item of a list, and that it is a set of a sane size.
func (f *findings) list(field string, items []string, most int, problem func(string) flaw) {
	if len(items) > most {
		f.add(field, fault.ProfileListTooLong, "n", strconv.Itoa(most))
		return
	}
	for i, item := range items {
		at := field + "[" + strconv.Itoa(i) + "]"
		f.judge(at, problem(item))
		if slices.Contains(items[:i], item) {
			f.add(at, fault.ProfileTwice)
		}
	}
}

var isID = matcher(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// isReserved knows the names that Windows takes for devices, whatever follows their first dot.
var isReserved = matcher(`^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)`)

// idProblem judges an id. It becomes the name of a file on every system, so it is a narrow one.
func idProblem(id string) flaw {
	switch {
	case id == "":
		return flaw{reason: fault.ProfileIDNeeded}
	case !isID(id):
		return flaw{reason: fault.ProfileIDForm}
	case strings.HasSuffix(id, "."):
		return flaw{reason: fault.ProfileIDDot}
	case isReserved(id):
		return flaw{reason: fault.ProfileIDReserved}
	}
	return flaw{}
}

// clientIDProblem judges a client id by RFC 6749 appendix A.1: printable ASCII.
func clientIDProblem(s string) flaw {
	if s == "" {
		return flaw{reason: fault.ProfileClientIDNeeded}
	}
	if wrong := technical(s); wrong.found() {
		return wrong
	}
	return foreignLetters(s)
}

func audienceProblem(s string) flaw { return technical(s) }

var isScope = matcher(`^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$`)

// scopeProblem judges a scope by RFC 6749 §3.3.
func scopeProblem(s string) flaw {
	if wrong := technical(s); s == "" || wrong.found() {
		return wrong
	}
	if !isScope(s) {
		return flaw{reason: fault.ProfileScopeForm}
	}
	return flaw{}
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
func paramProblem(name, value string) flaw {
	switch {
	case slices.Contains(ours, strings.ToLower(name)):
		return flaw{reason: fault.ProfileParamOurs}
	case !isParam(name):
		return flaw{reason: fault.ProfileParamName}
	case name == "max_age" && !seconds(value):
		return flaw{reason: fault.ProfileSeconds}
	}
	return technical(value)
}

func seconds(s string) bool {
	_, err := strconv.ParseUint(s, 10, 31)
	return err == nil
}

// maxText is the longest text that a machine compares, in bytes.
const maxText = 2048

// technical judges a text that a machine compares: nothing invisible in it, nothing that came along when it was copied,
// nothing that a word processor did.
func technical(s string) flaw {
	if len(s) > maxText {
		return flaw{reason: fault.ProfileTooLong}
	}
	switch display.StrayIn(s) {
	case display.StrayCurly:
		return flaw{reason: fault.ProfileCurlyQuote}
	case display.StrayLineEnd:
		return flaw{reason: fault.ProfileLineEnd}
	case display.StrayBlank:
		return flaw{reason: fault.ProfileOuterBlank}
	case display.StrayInvisible:
		return flaw{reason: fault.ProfileInvisible}
	case display.NoStray:
	}
	if display.Quoted(s, `"'`) {
		return flaw{reason: fault.ProfileOuterQuotes}
	}
	return flaw{}
}
