// Package jwt looks at tokens from outside, without a key. It tells a signed JWT (RFC 7519) from an encrypted one (RFC
// 7516) and from anything else, and reads the claims that anybody can read.
//
// Nothing is checked. What is found here is for people to look at, and for notices; it decides nothing else. Keyfob's
// logic treats access tokens as opaque.
//
// It is a leaf: of ours it imports internal/secret.
package jwt
