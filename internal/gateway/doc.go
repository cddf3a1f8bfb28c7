// Package gateway is a reverse proxy on loopback that adds the access token to what it forwards. It serves tools that
// can only be given a URL. It listens where somebody starts one, and nowhere else.
//
// It is httputil.ReverseProxy between a handler that decides who is let in and apicall's transport:
//
//   - Each client has a random key of its own, in a header or as the password of Basic. Nobody is let in without a key,
//     and no browser with one.
//   - Each of the profile's base URLs has a listener, an address with a port of its own. What a client asks for there
//     is a path below that base URL, so the client never says where a request goes. All listeners share the keys, the
//     limits and the transport.
//   - What a client sends to say who it is, or to be taken for another, is not forwarded.
//   - What the API sends is passed on as it comes, redirects included, but without the token, and without cookies,
//     which loopback would show to the servers on other ports.
//
// A gateway is the origin server to its clients (RFC 9110 §3.7). So a missing key is answered with 401 and a challenge
// for Basic, as Excel and curl need it, and not with 407: that is for proxies, and the tools do not ask for a password
// on it.
//
// It may import: account, apicall, profile, words, and the leaves.
package gateway
