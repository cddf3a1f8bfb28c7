// Package access knows which programs may have an access token, and which had one.
//
// The agent asks it before each hand-out (Admit) and tells it after (HandedOut). Without more ado every program of the
// same user is let in and written down. Where a person has switched "ask first" on for an account, a program waits
// until the person has said: once, for an hour, always, or no.
//
//   - warden.go is the Warden's life, and the way of one program through the door.
//   - request.go is a program that waits for a person, and what is said to it.
//   - policy.go is what was switched on and said "always" to: one file per account, which a person may edit.
//   - ledger.go is the list of hand-outs, bounded in size, written now and then.
//
// # What it protects against, and what not
//
// A program is known by the path of its executable, as the kernel tells it. So the Warden shows a person what is using
// their sign-ins, and keeps a program that behaves, such as a tool that was installed without much thought or an
// editor's extension with a process of its own, from taking tokens silently. It is no wall against a program that
// attacks: whatever runs as the same user can start, debug and imitate the programs that were allowed, and can read
// what they hold. A script is its interpreter: whoever allows python3 allows every script of it.
//
// Against a program that has nothing but the socket, such as one in a container that the socket was put into, it is a
// wall. Paths in there count for nothing out here: such a program is asked about each time.
//
// Failing is closed: a policy that cannot be read asks first, and a question that nobody answers is a no.
//
// It may import: account, storage, internal/….
package access
