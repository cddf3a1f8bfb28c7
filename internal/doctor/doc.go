// Package doctor looks at everything that has to work for a sign-in and a token, one thing after the other, and says of
// each what it found. It mends nothing, starts nothing, opens nothing and asks nobody for a token.
//
//   - doctor.go is the way through all of it, and what one look leaves behind.
//   - computer.go is this computer: agent, keychain, tray host, browser. socket.go is the agent's door.
//   - visit.go is one profile: its file, and its callback ports.
//   - provider.go is the way to the profile's provider: proxy, DNS, TLS, clock, discovery, keys. contact.go sees what
//     passes on it.
//   - bundle.go puts all of it into one text for support, without secrets and persons.
//
// What a provider answers is judged by oauthflow's own checks, and said in the sentences of words: the doctor and a
// sign-in cannot differ. Each look has its time; those at providers run side by side, so that a dead network costs ten
// seconds and not ten for each profile.
//
// It reads OpenID Connect Discovery §4, RFC 8414 §3 and RFC 7517 §5 through oauthflow, the clock in Date and Age (RFC
// 9110 §6.6.1, RFC 9111 §5.1), callback addresses as RFC 8252 §7.3 has them, and the StatusNotifierWatcher of
// freedesktop.org.
//
// It may import: account, localapi, assets, oauthflow, profile, storage, words, internal/….
package doctor
