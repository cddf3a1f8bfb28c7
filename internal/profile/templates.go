package profile

import (
	"slices"
	"strings"

	"keyfob/internal/words"
)

// Templates are those that Keyfob knows, those for people first. What stands in them, the providers document; what they
// do not document is a blank.
func Templates() []Template { return slices.Clone(templates) }

var templates = []Template{
	{"rhythm", "Rhythm", "template.rhythm.about", []Blank{
		rhythmDomain, {Field: "client_id", label: "template.label.client-id", Example: exampleID,
			where: "template.rhythm.client-id.where"},
		rhythmAPI, rhythmTenant, testURL,
	}, func(v map[string]string) Profile {
		return Profile{ID: "rhythm", ClientName: "Rhythm", Issuer: v["issuer"], Audience: rhythmAudience,
			Provider: "auth0", API: api(v, rhythmTest(v), 0)}
	}},
	{"rhythm-machine", "Rhythm", "template.rhythm-machine.about", []Blank{
		rhythmDomain, {Field: "client_id", label: "template.label.client-id", Example: exampleID,
			where: "template.rhythm-machine.client-id.where"},
		rhythmAPI, rhythmTenant, testURL,
		{Field: "monthly_token_limit", label: "template.label.tokens-a-month", Example: "100", Optional: true,
			where: "template.rhythm-machine.monthly-token-limit.where"},
	}, func(v map[string]string) Profile {
		const day = 24 * 3600
		p := machineAtAuth0(v)
		p.ID, p.ClientName, p.Audience = "rhythm-machine", programName("Rhythm"), rhythmAudience
		p.API = api(v, rhythmTest(v), day)
		return p
	}},
	{"conundra", "Conundra", "template.conundra.about", []Blank{
		{Field: "client_id", label: "template.label.client-id", Example: "acme-integration",
			where: "template.conundra.client-id.where"},
		{Field: "token_endpoint", label: "template.label.token-url", Example: conundraToken, Default: conundraToken,
			where: "template.conundra.token-endpoint.where"},
		{Field: "api.base_urls", label: "template.label.api-address", Example: conundraAPI, Default: conundraAPI,
			where: "template.conundra.api-base-urls.where"},
		testURL,
	}, func(v map[string]string) Profile {
		return Profile{ID: "conundra", ClientName: "Conundra", TokenEndpoint: v["token_endpoint"],
			TokenEndpointAuthMethod: AuthBasic, GrantTypes: []string{ClientCredentials}, Provider: "keycloak",
			// Conundra refuses more than 50 a second, from all programs behind one address together.
			MaxRequestsPerSecond: 25, API: api(v, "/ping", 300)}
	}},
	{"res-harmonics", "RES:Harmonics", "template.res-harmonics.about", []Blank{
		{Field: "token_endpoint", label: "template.label.token-url",
			Example: "https://auth.acme.example/oauth2/token",
			where:   "template.res-harmonics.token-endpoint.where"},
		{Field: "client_id", label: "template.label.client-id", Example: "4h57kq2m9v8r1t3s6u0w",
			where: "template.res-harmonics.client-id.where"},
		{Field: "api.base_urls", label: "template.label.api-address", Example: "https://api.acme.example/v3",
			where: "template.res-harmonics.api-base-urls.where"},
		{Field: "scope", label: "template.label.scopes", Example: "api/read", Default: "api/read api/write",
			where: "template.res-harmonics.scope.where"},
		testURL,
	}, func(v map[string]string) Profile {
		return Profile{ID: "res-harmonics", ClientName: "RES:Harmonics", TokenEndpoint: v["token_endpoint"],
			TokenEndpointAuthMethod: AuthPost, GrantTypes: []string{ClientCredentials}, Scope: v["scope"],
			API: api(v, "", 3600)}
	}},
	{"auth0", "Auth0", "template.auth0.about", []Blank{
		auth0Domain, {Field: "client_id", label: "template.label.client-id", Example: exampleID,
			where: "template.auth0.client-id.where"},
		{Field: "audience", label: "template.label.api-audience", Example: exampleAPI, Optional: true,
			where: "template.auth0.audience.where"},
		anyAPI, testURL,
	}, func(v map[string]string) Profile {
		return calledAfter(Profile{ID: "auth0", ClientName: "Auth0", Issuer: v["issuer"], Provider: "auth0",
			API: api(v, "", 0)})
	}},
	{"auth0-machine", "Auth0", "template.auth0-machine.about", []Blank{
		auth0Domain, {Field: "client_id", label: "template.label.client-id", Example: exampleID,
			where: "template.auth0-machine.client-id.where"},
		{Field: "audience", label: "template.label.api-audience", Example: exampleAPI,
			where: "template.auth0-machine.audience.where"},
		anyAPI, testURL,
		{Field: "monthly_token_limit", label: "template.label.tokens-a-month", Example: "100", Optional: true,
			where: "template.auth0-machine.monthly-token-limit.where"},
	}, func(v map[string]string) Profile {
		p := machineAtAuth0(v)
		p.ID, p.ClientName, p.API = "auth0", "Auth0", api(v, "", 0)
		p = calledAfter(p)
		p.ID, p.ClientName = p.ID+"-machine", programName(p.ClientName)
		return p
	}},
	{"oidc", "OpenID Connect", "template.oidc.about", []Blank{
		{Field: "issuer", label: "template.label.issuer", Example: "https://login.acme.example/",
			where: "template.oidc.issuer.where"},
		{Field: "client_id", label: "template.label.client-id", Example: "keyfob",
			where: "template.oidc.client-id.where"},
		{Field: "audience", label: "template.label.api-audience", Example: exampleAPI, Optional: true,
			where: "template.oidc.audience.where"},
		anyAPI, testURL,
	}, func(v map[string]string) Profile {
		return calledAfter(Profile{ID: "oidc", ClientName: "OpenID Connect", Issuer: v["issuer"],
			API: api(v, "", 0)})
	}},
}

const (
	rhythmAudience = "https://api.rhythmsoftware.com"
	conundraToken  = "https://auth.conundra.eu/auth/realms/prod/protocol/openid-connect/token"
	conundraAPI    = "https://api.conundra.eu/planning/v1 https://api.conundra.eu/vehicle/v1"

	exampleID  = "kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS"
	exampleAPI = "https://api.acme.example"
)

// The blanks that several templates have.
var (
	rhythmDomain = Blank{Field: "domain", label: "template.label.auth0-domain",
		Example: "acme.us.auth0.com",
		where:   "template.blank.rhythm-domain.where"}
	rhythmAPI = Blank{Field: "api.base_urls", label: "template.label.api-address",
		Example: "https://rolodex.api.rhythmsoftware.com",
		where:   "template.blank.rhythm-api.where"}
	rhythmTenant = Blank{Field: "tenant", label: "template.label.tenant-id",
		Example: "acme", Optional: true,
		where: "template.blank.rhythm-tenant.where"}
	auth0Domain = Blank{Field: "domain", label: "template.label.domain",
		Example: "acme.eu.auth0.com",
		where:   "template.blank.auth0-domain.where"}
	anyAPI = Blank{Field: "api.base_urls", label: "template.label.api-address",
		Example: "https://api.acme.example/v1", Optional: true,
		where: "template.blank.any-api.where"}
	testURL = Blank{Field: "api.test_url", label: "template.label.test-call",
		Example: "https://api.acme.example/v1/me", Optional: true,
		where: "template.blank.test-url.where"}
)

// rhythmTest is a call of Rolodex that needs nothing but a good token and the tenant.
func rhythmTest(v map[string]string) string {
	if v["tenant"] == "" {
		return ""
	}
	return "/regionConfigurations/" + v["tenant"]
}

// machineAtAuth0 knows the token endpoint: asking for it would be a request a start.
func machineAtAuth0(v map[string]string) Profile {
	return Profile{
		Issuer: v["issuer"], TokenEndpoint: strings.TrimSuffix(v["issuer"], "/") + "/oauth/token", Provider: "auth0",
		TokenEndpointAuthMethod: AuthPost, GrantTypes: []string{ClientCredentials}, MonthlyTokenLimit: limit(v),
	}
}

// calledAfter gives a profile its id and its name after the host, where that is known.
func calledAfter(p Profile) Profile {
	if !isToFillIn(p.Issuer) {
		label := ownLabel(p.Host())
		p.ID, p.ClientName = SuggestID(label), strings.ToUpper(label[:1])+label[1:]
	}
	return p
}

// programName is what the account of a program of its own is called, beside one for people.
func programName(name string) string { return words.T("template.program-name", "name", name) }
