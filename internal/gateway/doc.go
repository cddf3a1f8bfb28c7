// Package gateway is a server on loopback that forwards to a profile's API with the access token added, for tools that
// can only be given a URL. It listens where somebody starts one, and nowhere else.
//
// It is httputil.ReverseProxy between a gate and apicall's transport. The gate lets in who has a key, a random one for
// each client, in a header or as the password of Basic; a browser is not let in, with or without one. Where a request
// goes is never the client's to say: there is a door for each of the profile's base URLs, an address with a port of its
// own, and what a client asks for there is a path below that one. The doors have the same keys, the same limits and one
// transport. What a client sends to say who it is, or to be taken for another, is left out; what comes back is passed
// on as it comes, redirects included, but without the token and without cookies, which loopback would show to the
// servers on other ports.
//
// A gateway is the origin server to its clients (RFC 9110 §3.7), so a missing key is answered 401 with a challenge for
// Basic, as Excel and curl need it, and not 407: that is for proxies, and the tools do not ask for a password on it.
//
// It may import: account, apicall, profile, words, internal/….
package gateway
