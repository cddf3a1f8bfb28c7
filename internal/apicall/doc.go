// Package apicall sends requests to a profile's API with the account's credential. It is the one transport of keyfob
// call, of the window's call, and of the gateway.
//
// A credential authorizes each request by itself (credential.go). Bearer tokens (RFC 6750) are the one kind there is.
// The token goes in the header alone, and to the API's own addresses alone (profile.Receives), which is settled before
// anything is sent. A redirect is returned and not followed.
//
// An API may refuse a token as no longer good (RFC 6750 §3.1, or in words that are known to mean that). Then the token
// is renewed once, and the request repeated once, if its body can be. A token that has just been renewed is not renewed
// again. The caller is told why the API refuses it, as far as the response, the two clocks and the token's claims show.
// Claims are looked at for that alone: to the logic a token stays opaque.
//
// Other requests are repeated only where the server cannot have acted on them. net/http repeats more than that over
// HTTP/2, so each request is followed through it (delivery.go). No more requests a second go out than the profile
// allows. A token never comes back: where an API repeats it in its response, it is redacted (redaction.go).
//
// It may import: account, profile, oauthflow (for its transport, and for what it says of the network), and the leaves.
package apicall
