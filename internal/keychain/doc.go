// Package keychain knows whether secrets can be kept.
//
// A Monitor stands between the program and the operating system's keychain. Every operation goes through it, so that it
// notices when the keychain stops working, and when it works again. It says what to tell a person (account.Keychain),
// and when it is worth looking again. Where a person chose to do without a keychain it keeps everything in memory.
//
// It does not know what is kept, and begins nothing by itself: who uses it looks when Due says so.
//
// It may import: account, internal/… leaves, slots.
package keychain
