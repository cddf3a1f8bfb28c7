// Package session holds the Keeper: the one owner of what Keyfob holds, and of when it is renewed.
//
// # The parts
//
//   - keeper.go is the Keeper's life: what it is made of, Run, and how work runs on the Keeper's own time.
//   - states.go is what an account is: every change of state is a method there, and nowhere else. held.go is what is
//     held of somebody who is signed in.
//   - signin.go, signout.go, token.go and profiles.go are what a face can ask for; farewell.go tells a provider later
//     of a sign-out.
//   - renew.go is the one loop and the one timer of all accounts; refresh.go is one renewal from look to save, doubt.go
//     what becomes of one whose answer was lost; clock.go is how time is measured.
//   - machine.go and its like are accounts without a person: a client's secret, and a token that is asked for when a
//     caller needs one. meter.go counts those.
//   - load.go, store.go and record.go are what survives a restart: the keychain, its two slots, one stored session;
//     turn.go is who is read before his turn.
//   - watch.go makes the snapshots from which every face draws.
//
// # Who may change what
//
// Keeper.mu guards everything that can be looked at, and is never held while waiting. Beside it each account has a
// gate: whoever changes the account's session, its stored copy or its profile holds the gate from the first look to the
// last write, across requests and keychain operations. So a renewal, a sign-in that comes back, a sign-out and a
// replaced profile happen one after the other, and looking never waits for any of them.
//
// # A refresh token is never lost
//
// Providers that rotate refresh tokens (RFC 9700 §4.14.2) take back the whole sign-in when an old one is used again.
// Therefore exactly one refresh is under way per account, it runs to its end even if everybody who waited has left, and
// a new refresh token is kept before anything else of the response is judged: in memory at once, and in a second slot
// of the keychain. Only a judged response moves it into the first slot: one that is about somebody else must not
// replace the session that is stored, and until it is judged nothing is lost by that, since every start prefers the
// second slot. Killed at any point, the next start finds the newest one that was saved. No slot is written while it
// alone holds the newest token: a write that fails may have lost what was there. A keychain that fails leaves the new
// token in memory, says so, and is tried again.
//
// What cannot be kept is not spent without need: before the loop renews by itself it has the keychain tried. One that
// is locked or full puts a renewal off until it is back, or the access token in hand ends, or a caller needs another.
//
// # A request that nobody answered
//
// Where the network fails before the token request is written, nothing is spent, and the loop tries again for ever,
// more and more seldom. Where it fails after, the provider may have replaced the refresh token and told nobody. There
// is no call to find out. So:
//
//   - The same token is sent once more, two seconds later, on a new connection. Whoever never saw the first request
//     answers now; so does a provider that forgives the use of a token which it has just replaced. Any other says
//     invalid_grant, which is believed: the person has to sign in, and nothing could have spared them.
//   - If that answer is lost as well, nothing is sent while the access token in hand is good. A provider that takes a
//     third use for theft may take it back, and nobody needs anything yet.
//   - After that nothing is left that a third use could cost: if the token was spent, its successor is lost, and the
//     person has to sign in in any case; if it was not, asking again is all that spares them. So it is asked for again,
//     when a caller needs it (at first a minute apart, later half an hour), and by the loop (ten minutes to four hours
//     apart), because some providers end a session that is not used for half an hour. A provider that hangs for an
//     afternoon, or a bad Wi-Fi, costs nobody a sign-in.
//
// Nothing of this survives a restart, which counts as the first try.
//
// # Who is told what
//
// An account is in one state, with one problem; another try that fails in the same way is no news. No path of the loop
// or of a caller leads to a browser: a sign-in begins in SignIn alone, which only a person's click or command calls.
//
// A provider that could not be told of a sign-out is told later, for a day. The refresh token is kept for that in the
// place of the session, in a form that no version takes for a session. A new sign-in takes its place: a provider may
// take back with one token all that the person has allowed the program.
//
// # Programs of their own
//
// An account whose profile is for a machine has a client's secret in place of a sign-in. Providers count and bill its
// tokens, so nothing is asked for before a caller needs it: the loop has no part in it. The token in hand is kept in
// the keychain, used over restarts, and replaced after 80 to 90 % of its life, by the next caller, who does not wait;
// for one who needs it to live for longer, after a third.
//
// Gate, flight, judge and pauses are those of a renewal. What differs: every failure makes callers wait, across
// restarts too; a final no is remembered by a digest of profile and secret, and not asked again until one of them
// changes; a cap of the profile ends the asking until the month of UTC is over. What was handed out without asking is
// written along with the next change, and at the end: a kill forgets it.
//
// A secret is for one client at one provider. It is dropped when a profile of another takes the account's place, and
// not used where the record beside it is another's. A new one is tried before it replaces the old.
//
// # Time
//
// Timers stand still while a machine sleeps, and wall clocks can be set. So nothing trusts one long timer: while
// somebody is signed in the loop looks every few seconds, moments are kept as "so long after then", and the time that
// has passed is what the faster of the two clocks says (see elapsed). Nobody signed in and nothing to do means no timer
// at all.
//
// It implements the client's side of RFC 6749 §6 (refreshing), RFC 6819 §5.2.2.3 (rotation), RFC 7009 (revocation, as
// far as when and how often) and RFC 9110 §10.2.3 (Retry-After).
//
// It may import: account, profile, oauthflow, internal/….
package session
