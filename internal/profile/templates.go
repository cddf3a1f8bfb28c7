package profile

import "strings"

// Templates are those that Keyfob knows, those for people first. What stands in them, the providers document; what they
// do not document is a blank.
func Templates() []Template {
	return []Template{
		{"rhythm", "Rhythm", "people sign in to Rhythm in their browser", []Blank{
			rhythmDomain, {Field: "client_id", Label: "Client id", Example: exampleID,
				Where: "Of a native application without a secret; the Rhythm console shows it on the same page"},
			rhythmAPI, rhythmTenant, testURL,
		}, func(v map[string]string) Profile {
			return Profile{ID: "rhythm", ClientName: "Rhythm", Issuer: v["issuer"], Audience: rhythmAudience,
				Provider: "auth0", API: api(v, rhythmTest(v), 0)}
		}},
		{"rhythm-machine", "Rhythm", "a program of its own calls Rhythm's APIs, with a client secret", []Blank{
			rhythmDomain, {Field: "client_id", Label: "Client id", Example: exampleID,
				Where: "Rhythm console, Security & Settings > API Keys"},
			rhythmAPI, rhythmTenant, testURL,
			{Field: "monthly_token_limit", Label: "Tokens a month", Example: "100", Optional: true,
				Where: "Where Keyfob stops by itself. Rhythm caps them for all your programs together; one needs about 31"},
		}, func(v map[string]string) Profile {
			const day = 24 * 3600
			p := machineAtAuth0(v)
			p.ID, p.ClientName, p.Audience = "rhythm-machine", "Rhythm (machine)", rhythmAudience
			p.API = api(v, rhythmTest(v), day)
			return p
		}},
		{"conundra", "Conundra", "a program of its own calls Conundra's APIs, with a client secret", []Blank{
			{Field: "client_id", Label: "Client id", Example: "acme-integration",
				Where: "Conundra gives it to you, with the secret"},
			{Field: "token_endpoint", Label: "Token URL", Example: conundraToken, Default: conundraToken,
				Where: "Each API's page in Conundra's developer portal names it"},
			{Field: "api.base_urls", Label: "API address", Example: conundraAPI, Default: conundraAPI,
				Where: "Where the token may be sent; a space between two"},
			testURL,
		}, func(v map[string]string) Profile {
			return Profile{ID: "conundra", ClientName: "Conundra", TokenEndpoint: v["token_endpoint"],
				TokenEndpointAuthMethod: AuthBasic, GrantTypes: []string{ClientCredentials}, Provider: "keycloak",
				// Conundra refuses more than 50 a second, from all programs behind one address together.
				MaxRequestsPerSecond: 25, API: api(v, "/ping", 300)}
		}},
		{"res-harmonics", "RES:Harmonics", "a program of its own calls RES:Harmonics' APIs, with a client secret", []Blank{
			{Field: "token_endpoint", Label: "Token URL", Example: "https://auth.acme.example/oauth2/token",
				Where: "It comes with the client id, in the welcome mail of RES:Harmonics' API support"},
			{Field: "client_id", Label: "Client id", Example: "4h57kq2m9v8r1t3s6u0w", Where: "It stands in the same mail"},
			{Field: "api.base_urls", Label: "API address", Example: "https://api.acme.example/v3",
				Where: "The base URL in the same mail; a space between two"},
			{Field: "scope", Label: "Scopes", Example: "api/read", Default: "api/read api/write",
				Where: "api/read is enough for a program that changes nothing"},
			testURL,
		}, func(v map[string]string) Profile {
			return Profile{ID: "res-harmonics", ClientName: "RES:Harmonics", TokenEndpoint: v["token_endpoint"],
				TokenEndpointAuthMethod: AuthPost, GrantTypes: []string{ClientCredentials}, Scope: v["scope"],
				API: api(v, "", 3600)}
		}},
		{"auth0", "Auth0", "people sign in at Auth0 in their browser", []Blank{
			auth0Domain, {Field: "client_id", Label: "Client id", Example: exampleID,
				Where: "Of an application of type Native, without a secret"},
			{Field: "audience", Label: "API audience", Example: exampleAPI, Optional: true,
				Where: "The API's identifier; without one the tokens are good for little"},
			anyAPI, testURL,
		}, func(v map[string]string) Profile {
			return calledAfter(Profile{ID: "auth0", ClientName: "Auth0", Issuer: v["issuer"], Provider: "auth0",
				API: api(v, "", 0)}, "", "")
		}},
		{"auth0-machine", "Auth0", "a program of its own calls an API behind Auth0, with a client secret", []Blank{
			auth0Domain, {Field: "client_id", Label: "Client id", Example: exampleID,
				Where: "Of an application of type Machine to Machine"},
			{Field: "audience", Label: "API audience", Example: exampleAPI,
				Where: "The identifier of the API that the application is authorized for"},
			anyAPI, testURL,
			{Field: "monthly_token_limit", Label: "Tokens a month", Example: "100", Optional: true,
				Where: "Where Keyfob stops by itself; a token lives a day unless the API says otherwise"},
		}, func(v map[string]string) Profile {
			p := machineAtAuth0(v)
			p.ID, p.ClientName, p.API = "auth0", "Auth0", api(v, "", 0)
			return calledAfter(p, "-machine", " (machine)")
		}},
		{"oidc", "OpenID Connect", "people sign in at any OpenID Connect provider", []Blank{
			{Field: "issuer", Label: "Issuer", Example: "https://login.acme.example/",
				Where: "The address of the sign-in service, as it calls itself"},
			{Field: "client_id", Label: "Client id", Example: "keyfob", Where: "Of a native application without a secret"},
			{Field: "audience", Label: "API audience", Example: exampleAPI, Optional: true,
				Where: "Only for providers that know one"},
			anyAPI, testURL,
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

// Blanks that several templates have.
var (
	rhythmDomain = Blank{Field: "domain", Label: "Auth0 domain", Example: "acme.us.auth0.com",
		Where: "Of your Rhythm tenant: Rhythm console, Security & Settings > API Keys"}
	rhythmAPI = Blank{Field: "api.base_urls", Label: "API address", Example: "https://rolodex.api.rhythmsoftware.com",
		Where: "Each app of Rhythm has its own; the API reference names it. A space between two"}
	rhythmTenant = Blank{Field: "tenant", Label: "Tenant id", Example: "acme", Optional: true,
		Where: "It stands in Rhythm's paths, here in that of the test call; the claim tenant_id of a token tells it"}
	auth0Domain = Blank{Field: "domain", Label: "Domain", Example: "acme.eu.auth0.com",
		Where: "Auth0 dashboard, Applications > your application > Settings"}
	anyAPI = Blank{Field: "api.base_urls", Label: "API address", Example: "https://api.acme.example/v1", Optional: true,
		Where: "Where the token may be sent; a space between two. keyfob call and the gateway need it"}
	testURL = Blank{Field: "api.test_url", Label: "Test call", Example: "https://api.acme.example/v1/me", Optional: true,
		Where: "An address below the API's that answers where a token is good"}
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
func calledAfter(p Profile, id, name string) Profile {
	if !isToFillIn(p.Issuer) {
		label := ownLabel(p.Host())
		p.ID, p.ClientName = SuggestID(label), strings.ToUpper(label[:1])+label[1:]
	}
	p.ID, p.ClientName = p.ID+id, p.ClientName+name
	return p
}
