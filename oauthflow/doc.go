// Package oauthflow is the protocol: how a person signs in through the system's browser, and how tokens are renewed and
// revoked. It holds no session. All it remembers between two calls is what providers publish: metadata and signing
// keys.
//
// SignIn in signin.go tells the whole story once; every other file is one room of it:
//
//	client.go     Options, New, Prepare
//	http.go       the one door that every request leaves through
//	pace.go       how many go through it in a second
//	answer.go     what came back through it, and what a status means
//	cached.go     a document of a provider, fetched by one caller at a time
//	discovery.go  provider metadata
//	keys.go       signing keys
//	bind.go       the callback's address
//	loopback.go   the callback's server
//	callback.go   what the provider sent through the browser
//	page.go       what the browser shows
//	authorize.go  one attempt and its authorization URL
//	exchange.go   token requests, through golang.org/x/oauth2
//	response.go   token responses, read strictly
//	reach.go      whether the way is open, and why not
//	trace.go      whether a request that failed may have arrived
//	tokens.go     what a response means for the session
//	idtoken.go    who signed in
//	claims.go     what an ID token says
//	notbefore.go  when to ask again
//	quota.go      limits that are used up, as Auth0 counts them
//	why.go        why a refresh token is refused, as providers say it
//	refresh.go, revoke.go, logout.go, errors.go
//
// It implements RFC 8252 (native apps), RFC 6749 §4.1, §5 and §6 (code, responses, refresh), RFC 7636 (PKCE), RFC 6750
// (bearer tokens), RFC 8414 and OpenID Connect Discovery (metadata), RFC 9207 (issuer in the callback), RFC 7009
// (revocation), RFC 8707 (resources), the ID token of OpenID Connect Core §2 and §3.1.3.7, and of RP-Initiated Logout §2
// the address, with the advice of RFC 9700. In the tests' names, C and a number is an item of the protocol checklist of
// the design; A and F are the cases of docs/threats.md.
//
// Every error is a *fault.Error. No error, log line or URL holds a token, a code, a verifier or a provider's raw body.
//
// It may import: account, profile, words, assets, internal/….
package oauthflow
