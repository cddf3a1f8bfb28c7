package oauthflow

import "keyfob/internal/profile"

// grantNeeds is what a grant needs of its provider. The file of each grant registers its own, by the name that profiles
// use; a new grant is one more file.
type grantNeeds struct {
	// start returns the endpoint where the grant begins. Every grant needs the token endpoint as well.
	start func(metadata) string
	// pkce: the provider must not exclude the S256 method of RFC 7636.
	pkce bool
	// keys: ID tokens come with it, whose signing keys discovery has to find.
	keys bool
	// rate is how many requests a second are made where the profile does not say. 0: any number.
	rate float64
}

var grants = map[string]grantNeeds{}

// needsOf are the needs of the grant that a profile begins with.
func needsOf(p profile.Profile) grantNeeds {
	if needs, known := grants[p.Grant().Type]; known {
		return needs
	}
	return grants[profile.AuthorizationCode] // a grant that is not built has to do with it
}
