// Package doctor looks at everything that a sign-in and a token need, one thing after the other, and reports what it
// finds. It repairs nothing, starts nothing, opens nothing and asks nobody for a token.
//
//   - doctor.go runs all checks, and has the report.
//   - computer.go checks this computer: agent, keychain, tray host, browser. socket.go checks the agent's socket.
//   - visit.go checks one profile: its file, and its callback ports.
//   - provider.go checks the way to the profile's provider: proxy, DNS, TLS, clock, discovery, keys. contact.go sees
//     the connections and answers on that way.
//   - bundle.go makes one text for support, without secrets and persons.
//
// The responses of a provider are judged by oauthflow's own checks and reported in the sentences of words, so that the
// doctor and a sign-in cannot differ. Each check has a time limit. Checks of providers run side by side: a dead network
// costs ten seconds, and not ten for each profile.
//
// It reads OpenID Connect Discovery §4, RFC 8414 §3 and RFC 7517 §5 through oauthflow, the clock in Date and Age (RFC
// 9110 §6.6.1, RFC 9111 §5.1), callback addresses as RFC 8252 §7.3 has them, and the StatusNotifierWatcher of
// freedesktop.org.
//
// It may import: account, localapi/client, assets, oauthflow, profile, storage, words, internal/….
package doctor
