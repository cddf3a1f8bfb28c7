// Package session holds the Keeper: the one owner of what Keyfob holds, and of when it is renewed.
//
// # The parts
//
//   - keeper.go is the Keeper's life: what it is made of, Run, and how work runs on the Keeper's own time.
//   - states.go is what an account is: every change of state is a method there, and nowhere else. held.go is what is held
//     of somebody who is signed in.
//   - signin.go, signout.go, token.go and profiles.go are what a face can ask for.
//   - renew.go is the one loop and the one timer of all accounts; refresh.go is one renewal from look to save; clock.go is
//     how time is measured.
//   - load.go, store.go and record.go are what survives a restart: the keychain, its two slots, one stored session.
//   - watch.go makes the snapshots from which every face draws.
//
// # Who may change what
//
// Keeper.mu guards everything that can be looked at, and is never held while waiting. Beside it each account has a
// gate: whoever changes the account's session, its stored copy or its profile holds the gate from the first look to
// the last write, across requests and keychain operations. So a renewal, a sign-in that comes back, a sign-out and a
// replaced profile happen one after the other, and looking never waits for any of them.
//
// # A refresh token is never lost
//
// Providers that rotate refresh tokens (RFC 9700 §4.14.2) take back the whole sign-in when an old one is used again.
// Therefore exactly one refresh is under way per account, it runs to its end even if everybody who waited has left,
// and a new refresh token is kept before anything else of the response is judged: in memory at once, and in a second
// slot of the keychain. Only a judged response moves it into the first slot. Killed at any point, the next start finds
// the newest one that was saved. A keychain that fails leaves the new token in memory, says so, and is tried again.
//
// # Time
//
// Timers stand still while a machine sleeps, and wall clocks can be set. So nothing trusts one long timer: while
// somebody is signed in the loop looks every few seconds, moments are kept as "so long after then", and the time that
// has passed is what the faster of the two clocks says (see elapsed). Nobody signed in and nothing to do means no
// timer at all.
//
// It implements the client's side of RFC 6749 §6 (refreshing), RFC 6819 §5.2.2.3 (rotation), RFC 7009 (revocation, as
// far as when and how often) and RFC 9110 §10.2.3 (Retry-After).
//
// It may import: account, profile, oauthflow, internal/….
package session
