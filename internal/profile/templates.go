package profile

import (
	"strings"

	"keyfob/internal/words"
)

// Templates are those that Keyfob knows, those for people first. What stands in them, the providers document; what they
// do not document is a blank.
func Templates() []Template {
	return []Template{
		{"rhythm", "Rhythm", words.T("template.rhythm.about"), []Blank{
			rhythmDomain(), {Field: "client_id", Label: words.T("template.label.client-id"), Example: exampleID,
				Where: words.T("template.rhythm.client-id.where")},
			rhythmAPI(), rhythmTenant(), testURL(),
		}, func(v map[string]string) Profile {
			return Profile{ID: "rhythm", ClientName: "Rhythm", Issuer: v["issuer"], Audience: rhythmAudience,
				Provider: "auth0", API: api(v, rhythmTest(v), 0)}
		}},
		{"rhythm-machine", "Rhythm", words.T("template.rhythm-machine.about"), []Blank{
			rhythmDomain(), {Field: "client_id", Label: words.T("template.label.client-id"), Example: exampleID,
				Where: words.T("template.rhythm-machine.client-id.where")},
			rhythmAPI(), rhythmTenant(), testURL(),
			{Field: "monthly_token_limit", Label: words.T("template.label.tokens-a-month"), Example: "100", Optional: true,
				Where: words.T("template.rhythm-machine.monthly-token-limit.where")},
		}, func(v map[string]string) Profile {
			const day = 24 * 3600
			p := machineAtAuth0(v)
			p.ID, p.ClientName, p.Audience = "rhythm-machine", "Rhythm (machine)", rhythmAudience
			p.API = api(v, rhythmTest(v), day)
			return p
		}},
		{"conundra", "Conundra", words.T("template.conundra.about"), []Blank{
			{Field: "client_id", Label: words.T("template.label.client-id"), Example: "acme-integration",
				Where: words.T("template.conundra.client-id.where")},
			{Field: "token_endpoint", Label: words.T("template.label.token-url"), Example: conundraToken, Default: conundraToken,
				Where: words.T("template.conundra.token-endpoint.where")},
			{Field: "api.base_urls", Label: words.T("template.label.api-address"), Example: conundraAPI, Default: conundraAPI,
				Where: words.T("template.conundra.api-base-urls.where")},
			testURL(),
		}, func(v map[string]string) Profile {
			return Profile{ID: "conundra", ClientName: "Conundra", TokenEndpoint: v["token_endpoint"],
				TokenEndpointAuthMethod: AuthBasic, GrantTypes: []string{ClientCredentials}, Provider: "keycloak",
				// Conundra refuses more than 50 a second, from all programs behind one address together.
				MaxRequestsPerSecond: 25, API: api(v, "/ping", 300)}
		}},
		{"res-harmonics", "RES:Harmonics", words.T("template.res-harmonics.about"), []Blank{
			{Field: "token_endpoint", Label: words.T("template.label.token-url"),
				Example: "https://auth.acme.example/oauth2/token",
				Where:   words.T("template.res-harmonics.token-endpoint.where")},
			{Field: "client_id", Label: words.T("template.label.client-id"), Example: "4h57kq2m9v8r1t3s6u0w",
				Where: words.T("template.res-harmonics.client-id.where")},
			{Field: "api.base_urls", Label: words.T("template.label.api-address"), Example: "https://api.acme.example/v3",
				Where: words.T("template.res-harmonics.api-base-urls.where")},
			{Field: "scope", Label: words.T("template.label.scopes"), Example: "api/read", Default: "api/read api/write",
				Where: words.T("template.res-harmonics.scope.where")},
			testURL(),
		}, func(v map[string]string) Profile {
			return Profile{ID: "res-harmonics", ClientName: "RES:Harmonics", TokenEndpoint: v["token_endpoint"],
				TokenEndpointAuthMethod: AuthPost, GrantTypes: []string{ClientCredentials}, Scope: v["scope"],
				API: api(v, "", 3600)}
		}},
		{"auth0", "Auth0", words.T("template.auth0.about"), []Blank{
			auth0Domain(), {Field: "client_id", Label: words.T("template.label.client-id"), Example: exampleID,
				Where: words.T("template.auth0.client-id.where")},
			{Field: "audience", Label: words.T("template.label.api-audience"), Example: exampleAPI, Optional: true,
				Where: words.T("template.auth0.audience.where")},
			anyAPI(), testURL(),
		}, func(v map[string]string) Profile {
			return calledAfter(Profile{ID: "auth0", ClientName: "Auth0", Issuer: v["issuer"], Provider: "auth0",
				API: api(v, "", 0)}, "", "")
		}},
		{"auth0-machine", "Auth0", words.T("template.auth0-machine.about"), []Blank{
			auth0Domain(), {Field: "client_id", Label: words.T("template.label.client-id"), Example: exampleID,
				Where: words.T("template.auth0-machine.client-id.where")},
			{Field: "audience", Label: words.T("template.label.api-audience"), Example: exampleAPI,
				Where: words.T("template.auth0-machine.audience.where")},
			anyAPI(), testURL(),
			{Field: "monthly_token_limit", Label: words.T("template.label.tokens-a-month"), Example: "100", Optional: true,
				Where: words.T("template.auth0-machine.monthly-token-limit.where")},
		}, func(v map[string]string) Profile {
			p := machineAtAuth0(v)
			p.ID, p.ClientName, p.API = "auth0", "Auth0", api(v, "", 0)
			return calledAfter(p, "-machine", " (machine)")
		}},
		{"oidc", "OpenID Connect", words.T("template.oidc.about"), []Blank{
			{Field: "issuer", Label: words.T("template.label.issuer"), Example: "https://login.acme.example/",
				Where: words.T("template.oidc.issuer.where")},
			{Field: "client_id", Label: words.T("template.label.client-id"), Example: "keyfob",
				Where: words.T("template.oidc.client-id.where")},
			{Field: "audience", Label: words.T("template.label.api-audience"), Example: exampleAPI, Optional: true,
				Where: words.T("template.oidc.audience.where")},
			anyAPI(), testURL(),
		}, func(v map[string]string) Profile {
			return calledAfter(Profile{ID: "oidc", ClientName: "OpenID Connect", Issuer: v["issuer"],
				API: api(v, "", 0)}, "", "")
		}},
	}
}

const (
	rhythmAudience = "https://api.rhythmsoftware.com"
	conundraToken  = "https://auth.conundra.eu/auth/realms/prod/protocol/openid-connect/token"
	conundraAPI    = "https://api.conundra.eu/planning/v1 https://api.conundra.eu/vehicle/v1"

	exampleID  = "kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS"
	exampleAPI = "https://api.acme.example"
)

// The blanks that several templates have.

func rhythmDomain() Blank {
	return Blank{Field: "domain", Label: words.T("template.label.auth0-domain"),
		Example: "acme.us.auth0.com",
		Where:   words.T("template.blank.rhythm-domain.where")}
}

func rhythmAPI() Blank {
	return Blank{Field: "api.base_urls", Label: words.T("template.label.api-address"),
		Example: "https://rolodex.api.rhythmsoftware.com",
		Where:   words.T("template.blank.rhythm-api.where")}
}

func rhythmTenant() Blank {
	return Blank{Field: "tenant", Label: words.T("template.label.tenant-id"),
		Example: "acme", Optional: true,
		Where: words.T("template.blank.rhythm-tenant.where")}
}

func auth0Domain() Blank {
	return Blank{Field: "domain", Label: words.T("template.label.domain"),
		Example: "acme.eu.auth0.com",
		Where:   words.T("template.blank.auth0-domain.where")}
}

func anyAPI() Blank {
	return Blank{Field: "api.base_urls", Label: words.T("template.label.api-address"),
		Example: "https://api.acme.example/v1", Optional: true,
		Where: words.T("template.blank.any-api.where")}
}

func testURL() Blank {
	return Blank{Field: "api.test_url", Label: words.T("template.label.test-call"),
		Example: "https://api.acme.example/v1/me", Optional: true,
		Where: words.T("template.blank.test-url.where")}
}

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
func calledAfter(p Profile, id, name string) Profile {
	if !isToFillIn(p.Issuer) {
		label := ownLabel(p.Host())
		p.ID, p.ClientName = SuggestID(label), strings.ToUpper(label[:1])+label[1:]
	}
	p.ID, p.ClientName = p.ID+id, p.ClientName+name
	return p
}
