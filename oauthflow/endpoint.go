package oauthflow

import "keyfob/internal/profile"

// endpoint is an address that a provider tells of, and that a profile may name in its place.
type endpoint struct {
	field string
	in    func(*metadata) *string
	named func(profile.Profile) string
	late  bool // it is judged when it is used: a bad one must not keep anybody from signing in
}

// endpoints are all of them. A grant that needs another adds it here and to metadata.
var endpoints = [...]endpoint{
	{
		field: "authorization_endpoint",
		in:    func(m *metadata) *string { return &m.AuthorizationEndpoint },
		named: func(p profile.Profile) string { return p.AuthorizationEndpoint },
	},
	{
		field: "token_endpoint",
		in:    func(m *metadata) *string { return &m.TokenEndpoint },
		named: func(p profile.Profile) string { return p.TokenEndpoint },
	},
	{
		field: "revocation_endpoint",
		in:    func(m *metadata) *string { return &m.RevocationEndpoint },
		named: func(p profile.Profile) string { return p.RevocationEndpoint },
	},
	{
		field: "jwks_uri",
		in:    func(m *metadata) *string { return &m.JWKSURI },
		named: func(p profile.Profile) string { return p.JWKSURI },
	},
	{
		field: "end_session_endpoint",
		in:    func(m *metadata) *string { return &m.EndSessionEndpoint },
		named: func(p profile.Profile) string { return p.EndSessionEndpoint },
		late:  true,
	},
}
