// Package apicall sends requests to a profile's API with an access token: the one transport of keyfob call and of the
// gateway.
//
// The token goes in the header alone, and to the API's own addresses alone (profile.Receives), which is settled before
// anything is sent; a redirect is returned and not followed. Where an API refuses a token as one that is no longer good
// (RFC 6750 §3.1, or in words that are known to mean it), the token is renewed once and the request repeated once, if
// its body can be. A token that was new already is not renewed again: why the API refuses it is told, as far as the
// answer, the two clocks and the token's claims give it away. To the logic a token stays opaque; claims are looked at
// for people only.
//
// Beyond that a request is repeated only where the server cannot have acted on it; net/http, which does more than that
// over HTTP/2, is watched (sending.go). In a second no more go out than the profile sets. A token never comes back:
// where an API repeats it in its answer it is blanked out.
//
// It may import: account, profile, oauthflow (for its transport and what it says of the network), internal/….
package apicall
