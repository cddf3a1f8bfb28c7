// Package access controls which programs may have an access token, and records which had one.
//
// The local API asks it before each hand-out (Admit) and tells it afterwards (HandedOut). As a rule every program of
// the same user is let in and recorded. Where a person has switched "ask first" on for an account, a program waits
// until the person has answered: once, for an hour, always, or no.
//
//   - control.go has the Control, and what happens when a program asks.
//   - request.go has the programs that wait for a person, and the answers.
//   - policy.go has what was switched on, and the programs with the answer "always": one file per account, which a
//     person may edit.
//   - ledger.go has the list of hand-outs, bounded in size, written now and then.
//
// # What it protects against, and what not
//
// A program is known by the path of its executable, as the kernel tells it. So it shows a person what is using
// their sign-ins, and keeps a program that behaves, such as a tool that was installed without much thought or an
// editor's extension with a process of its own, from taking tokens silently. It is no wall against a program that
// attacks: whatever runs as the same user can start, debug and imitate the programs that were allowed, and can read
// what they hold. A script is its interpreter: whoever allows python3 allows every script of it.
//
// Against a program that has nothing but the socket, such as one in a container that the socket was put into, it is a
// wall. Paths in there count for nothing out here: such a program (account.Program.Stranger) is asked about each time,
// also where the account does not ask first.
//
// Failing is closed: a policy that cannot be read asks first, and a question that nobody answers is a no.
//
// It may import: account, storage, internal/…. No RFC speaks of it.
package access
