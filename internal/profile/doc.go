// Package profile is the profile file: what an integrator hands out so that people can sign in to an API. It says who
// the provider is, which client Keyfob is there, what to ask for, and where a token may be sent. It never holds a
// secret, and a file with one is refused.
//
// A file comes from outside, so all of it is judged before any of it is used. Parse returns a whole, valid Profile, or
// every problem at once as findings (fault.Finding): each with its field, a reason and an example. No finding repeats a
// value from the file, but for a host in letters of another alphabet: it is told in the ASCII form that has to be
// written instead (RFC 5891). What the file leaves out stays empty in a Profile, so that Marshal gives back what Parse
// read. The methods Scopes, Redirects, Grants and AuthMethod fill in the defaults.
//
// What a grant type means to everybody who deals with profiles stands in one table (grant.go). Nobody asks what kind of
// account a profile is for: they ask Grant.
//
// Field names are the registered ones: OAuth client metadata (RFC 7591), authorization server metadata (RFC 8414),
// resource indicators (RFC 8707). Redirect URIs are those of native apps (RFC 8252 §7.3).
//
// Of ours it imports words, for trust cards and templates, and the leaves.
package profile
