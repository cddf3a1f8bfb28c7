// Package session holds the Keeper: the one owner of what Keyfob holds, and of when it is renewed.
//
// # Files
//
// What has nothing to do with a kind of account:
//
//   - keeper.go is the Keeper's life, and registry.go its list of accounts. core.go is what everything here works with.
//   - entry.go is one account: its profile, what is under way, and the state in which it rests. flight.go is a renewal
//     under way, resave.go the stored copy, verdict.go what a failure means.
//   - token.go, people.go and profiles.go are what the local API can ask for.
//   - loop.go is the one loop with the one timer. load.go and reader.go read profiles and keychain, at the start and
//     whenever the keychain works again.
//   - holding.go is the interface that a kind of account implements, and the list of the kinds. hand.go is an access
//     token in hand, which every kind has.
//
// The kinds:
//
//   - person*.go: a person signs in. The account holds a refresh token, and gets one access token after the other.
//   - client*.go: a program's own account (OAuth's client credentials). It holds the client's secret, and asks for a
//     token when a caller needs one.
//
// A new kind is one new file that implements holding, and a line in kinds.
//
// # Locks
//
// There are two kinds of locks. core.mu guards all that can be looked at. It is never held while something waits, and
// methods whose names end in Locked need it. Beside it each account has a write lock, entry.writing. Whoever changes
// profile, holding or stored copy has it from the first look to the last write, across requests and keychain
// operations. So a renewal, a sign-in that comes back, a sign-out and a new profile happen one after the other, and a
// look never waits for any of them. The write lock is taken first. The locks of packages hub, keychain and tasks are
// taken last, and for a moment only.
//
// # A refresh token is never lost
//
// Many providers replace the refresh token at each renewal, and take back the whole sign-in when an old one is used
// again (rotation, RFC 9700 §4.14.2). Therefore:
//
//   - One renewal is under way per account. It runs to its end even if everybody who waited for it has gone.
//   - A new refresh token is kept before anything else of the response is judged: in memory at once, and in a second
//     slot of the keychain (package slots).
//   - Only a response that passed all checks moves it into the first slot. A response about somebody else must not
//     replace the stored session. Until then nothing is lost, since every start prefers the second slot.
//   - Whenever Keyfob is killed, the next start finds the newest token that was saved.
//   - A keychain that fails leaves the new token in memory. The account says so, and the write is tried again.
//   - A token whose successor cannot be kept is not spent without need. The loop tries the keychain before it renews.
//     One that is locked or full puts the renewal off until it works, the access token in hand ends, or a caller needs
//     another.
//
// # Lost responses
//
// Where the network fails before a token request is written, nothing is spent. The loop tries again for ever, more and
// more seldom. Where it fails after that, the provider may have replaced the refresh token, and its response is lost.
// No call can find out. So:
//
//   - The same token is sent once more, two seconds later, on a new connection. A provider that never saw the first
//     request answers now, and so does one that forgives the use of a token that it has just replaced. Any other says
//     invalid_grant. That is believed: the person has to sign in, and nothing could have spared them.
//   - If that response is lost as well, nothing is sent while the access token in hand is good. A provider that takes a
//     third use for theft may end the sign-in, and nobody needs a new token yet.
//   - After that a third use costs nothing more. If the token was spent, its successor is lost, and the person has to
//     sign in anyway. If it was not, asking again spares them. So it is sent when a caller needs it (a minute apart at
//     first, later half an hour), and by the loop (ten minutes to four hours apart), because some providers end a
//     session that is not used for half an hour.
//
// None of this survives a restart, which counts as the first try.
//
// # Faces and browsers
//
// An account is in one state, with one problem. Another try that fails in the same way is no news. Neither the loop nor
// a caller who wants a token leads to a browser: a sign-in begins in SignIn alone, which only a person's click or
// command calls.
//
// # Pending revocations
//
// A provider that could not be told of a sign-out is told later, for a day. Until then the refresh token is kept where
// the session was, in a form that no version of Keyfob takes for a session. A new sign-in takes its place, because a
// provider may take back with one token all that the person has allowed the program (RFC 7009 §2.1).
//
// # Clients
//
// Providers count and bill a client's tokens. So the loop does not renew them: a token is asked for when a caller needs
// one. The token in hand is kept in the keychain and used after a restart. It is replaced after 80 to 90 % of its life,
// by the next caller, who does not wait; for a caller who needs a token that lives longer, after a third.
//
// Every failure makes callers wait, after a restart too. A final no is remembered by a digest of profile and secret,
// and not asked again until one of them changes. The profile's cap ends the asking until the month of UTC is over.
// What was handed out without asking is written together with the next change and at the end; a kill forgets it.
//
// A secret is for one client at one provider. It is dropped when the profile of another client takes the account's
// place, and not used where the record beside it is another client's. A new secret is tried before it replaces the old.
//
// # Time
//
// Timers stand still while a machine sleeps, and clocks can be set. So nothing trusts one long timer. While somebody is
// signed in the loop looks every few seconds; see package clock for the rest. Where nobody is signed in and nothing is
// to do there is no timer at all.
//
// It implements the client's side of RFC 6749 §4.4 (client credentials) and §6 (refreshing) as far as when they are
// asked for, RFC 6819 §5.2.2.3 (rotation), RFC 7009 (revocation, when and how often) and RFC 9110 §10.2.3
// (Retry-After).
//
// It may import: account, profile, oauthflow, keychain, slots, internal/… leaves.
package session
