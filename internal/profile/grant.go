package profile

import (
	"slices"

	"keyfob/internal/words"
)

// The grant types that a profile may name (RFC 6749 §1.3 and §6, RFC 7591 §2, RFC 8628 §7.2).
const (
	AuthorizationCode = "authorization_code"
	RefreshToken      = "refresh_token"
	ClientCredentials = "client_credentials"
	DeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
)

// Grant says what a grant type means to everybody who deals with profiles. A new grant is an entry in the table below;
// what it sends is a file in oauthflow.
type Grant struct {
	Type string // of the grant (RFC 7591 §2)
	// Interactive grants have a person who signs in. With the others a client gets tokens of its own, and nobody waits.
	Interactive bool
	// Redirects tells that the browser comes back to a callback address, with a code that PKCE protects.
	Redirects bool
	// NeedsSecret tells that the client has to authenticate at the token endpoint.
	NeedsSecret bool
	// Alone tells that a profile with this grant has no other: it is either for people or for a client of its own.
	Alone bool
	// Continues tells that the grant goes on from what another one gave, and can begin nothing.
	Continues bool
	// Scopes are asked for where the profile names none.
	Scopes []string

	start func(Profile) string

	// The keys of StartLabel, ForWhom and Apart; the last may be empty.
	startLabel, forWhom, apart string
}

// identity is what a person's sign-in asks for by itself: who they are, and a refresh token.
var identity = []string{"openid", "profile", "email", "offline_access"}

// grants is the table of all grants, in the order in which a profile with several of them prefers one.
var grants = []Grant{
	{
		Type: AuthorizationCode, Interactive: true, Redirects: true, Scopes: identity,
		start:      func(p Profile) string { return p.AuthorizationEndpoint },
		startLabel: "trust.signs-in-at", forWhom: "template.for-people",
	},
	{
		Type: RefreshToken, Interactive: true, Continues: true,
		start:      func(p Profile) string { return p.TokenEndpoint },
		startLabel: "trust.signs-in-at", forWhom: "template.for-people",
	},
	{
		Type: ClientCredentials, NeedsSecret: true, Alone: true,
		start:      func(p Profile) string { return p.TokenEndpoint },
		startLabel: "trust.tokens-from", forWhom: "template.for-programs", apart: "template.of-a-program",
	},
	{
		Type: DeviceCode, Interactive: true, Scopes: identity,
		start:      func(p Profile) string { return p.DeviceAuthorizationEndpoint },
		startLabel: "trust.signs-in-at", forWhom: "template.for-people",
	},
}

// grantOf finds a grant by its type.
func grantOf(grantType string) (Grant, bool) {
	i := slices.IndexFunc(grants, func(g Grant) bool { return g.Type == grantType })
	if i < 0 {
		return Grant{}, false
	}
	return grants[i], true
}

// grantThat tells types of grants that have a property. One that is not known counts as a Grant without any.
func grantThat(has func(Grant) bool) func(string) bool {
	return func(grantType string) bool {
		g, _ := grantOf(grantType)
		return has(g)
	}
}

// grantTypes are the types that are known.
func grantTypes() []string {
	types := make([]string, len(grants))
	for i, g := range grants {
		types[i] = g.Type
	}
	return types
}

// StartsAt is the endpoint where the grant begins, as the profile names it: the place where a person, or a client's
// secret, goes first. It is empty where that is left to discovery.
func (g Grant) StartsAt(p Profile) string { return g.start(p) }

// StartLabel is what a trust card calls that place.
func (g Grant) StartLabel() string { return words.T(g.startLabel) }

// ForWhom says whom an account with this grant is for: what stands above its templates.
func (g Grant) ForWhom() string { return words.T(g.forWhom) }

// Apart names a template of a provider beside others of the same provider.
func (g Grant) Apart(provider string) string {
	if g.apart == "" {
		return provider
	}
	return words.T(g.apart, "provider", provider)
}

// Grants are the grant types in use.
func (p Profile) Grants() []string {
	if len(p.GrantTypes) > 0 {
		return slices.Clone(p.GrantTypes)
	}
	return []string{AuthorizationCode, RefreshToken}
}

// Grant is the one that the profile's first token comes from. A profile that names no way to begin, which is not valid,
// is taken for one with the authorization code.
func (p Profile) Grant() Grant {
	inUse := p.Grants()
	for _, g := range grants {
		if !g.Continues && slices.Contains(inUse, g.Type) {
			return g
		}
	}
	return grants[0]
}
