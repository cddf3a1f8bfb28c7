// Package demo is a small OpenID provider with an API beside it, on loopback, so that Keyfob can be tried with no
// account and no network.
//
// The protocol is github.com/luikyv/go-oidc's: OpenID Connect Core and Discovery, RFC 6749, 7009 (revocation), 7636
// (PKCE) and 9207 (iss). What is written here gives it the manners of Auth0, the provider that most people of Keyfob
// meet: an issuer with a slash at its end, Auth0's paths, an audience that must be named, callback addresses compared
// to the letter, refresh tokens only for offline_access, rotated at each use, and a family that dies when a spent one
// comes back (RFC 9700, section 4.14.2).
//
// Its key and its grants survive a restart, in files of the user's own. Codes and refresh tokens lie there only as
// hashes. It answers on 127.0.0.1 alone, to requests that name that address as their host, and it is marked as a demo
// wherever it shows.
//
// It may import: assets and words (its pages), and the leaves of internal.
package demo
