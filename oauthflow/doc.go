// Package oauthflow is the protocol: how a person signs in through the system's browser, how a program gets a token of
// its own, and how tokens are renewed and revoked. It keeps no session. Between two calls it remembers only what
// providers publish: metadata and signing keys.
//
// SignIn tells the story of a sign-in, Refresh that of a renewal. The files, from the outside in:
//
//	client.go             Options, New, Prepare
//	signin.go             the story of a sign-in
//	authorize.go          one attempt, and its authorization URL (RFC 6749 §4.1.1, RFC 7636)
//	bind.go               the sockets of the redirect URI (RFC 8252 §7.3)
//	loopback.go           the HTTP server behind it
//	callback.go           the authorization response (RFC 6749 §4.1.2, RFC 9207)
//	page.go               what the browser shows
//
//	grant.go              what each grant needs of a provider
//	code.go               a code for tokens (RFC 6749 §4.1.3)
//	refresh.go            a refresh token for tokens (RFC 6749 §6)
//	clientcredentials.go  a client's secret for a token (RFC 6749 §4.4)
//	revoke.go             revocation (RFC 7009)
//	logout.go             the browser's own session (OpenID Connect RP-Initiated Logout §2)
//
//	token.go              posts a form to an endpoint, and judges the response (RFC 6749 §3.2)
//	clientauth.go         how the client authenticates (RFC 6749 §2.3)
//	response.go           an HTTP response, and what its status means (RFC 6749 §5.2)
//	tokenresponse.go      tokens in a response, read strictly (RFC 6749 §5.1)
//	salvage.go            a refresh token in a response that is otherwise wrong
//	tokens.go             what a token response means for a session
//	refusalreason.go      why a refresh token is refused, as providers say it
//	trace.go              whether a request that failed may have arrived
//	notbefore.go          when to ask again (RFC 9110 §10.2.3)
//	quota.go              what is left of a provider's quotas, as Auth0 counts them
//
//	idtoken.go            checks an ID token (OpenID Connect Core §3.1.3.7)
//	claims.go             what an ID token says
//	keys.go               signing keys (RFC 7517)
//	discovery.go          metadata (OpenID Connect Discovery, RFC 8414)
//	cached.go             a document of a provider, fetched by one caller at a time
//
//	transport.go          the one transport of all requests
//	ratelimit.go          how many requests a second
//	reach.go              whether a server can be reached
//
// The advice of RFC 9700 is followed throughout. docs/protocol.md lists the sentences of the standards that are obeyed,
// by the C-numbers in the names of tests; A and F are the cases of docs/threats.md.
//
// A new grant is one more file: its needs, a form for token.go, and what a refusal means. A new client authentication
// is one more type in a file of its own, and a case of authOf.
//
// Every error is a *fault.Error, but for ErrNoRevocation. No error, log line or URL holds a token, a code, a verifier
// or a provider's raw body.
//
// It may import: account, profile, words, assets, and the leaves of internal.
package oauthflow
