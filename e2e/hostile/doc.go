// Package hostile is an OpenID provider that misbehaves on command, for tests and for a developer who wants to see what
// Keyfob does about it.
//
// A Provider serves on 127.0.0.1. By default it is complete and well-behaved: discovery, signing keys, an authorization
// endpoint that signs "jane" in without asking, PKCE, ID tokens, refresh tokens that rotate and whose reuse revokes the
// family, revocation. Misbehave switches to one of the wrongs in the list of All, each of which says for which cases of
// the catalogue of attacks it stands. The provider remembers all that it was asked; what a misbehaviour would lure to
// another origin arrives at one of its own, Elsewhere, and is remembered apart.
//
// The misbehaviours are in discovery.go, keys.go, callback.go, token.go and idtoken.go, by the response that they
// spoil. As a program of its own: go run ./e2e/hostile/serve -misbehave NAME.
//
// It imports nothing of ours: what is wrong with a provider must not depend on how Keyfob reads it.
package hostile
