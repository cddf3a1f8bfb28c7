// Package storage is where Keyfob keeps things: secrets in the operating system's keychain, profiles in files that are
// written whole or not at all, and the lock that makes one agent of many starts.
//
// It deals in opaque bytes and answers fs.ErrNotExist where nothing is kept. What the bytes mean is session's affair.
//
// # The keychain lives in a child
//
// Every keychain operation runs in a short-lived child of the same executable (RunChild), for three reasons. The
// keychain library knows no deadline: a prompt that nobody answers would block a goroutine for ever, while a child can
// be killed. It shares the process-wide D-Bus connection with the tray, and each ends the other's waits. And it takes
// "the call returned" for "the secret is saved", so that the child reads back what it wrote. The secret travels on a
// pipe, never in arguments or the environment.
//
// # Files
//
// A file is written beside its place, synced, renamed over it, and the folder synced: after a power cut there is the
// old file or the new one. Folders are 0700 and files 0600 whatever the umask. Nothing secret is written to a file, but
// for what is too large for the keychain: that is encrypted under a key that the keychain holds (Sealed).
//
// It may import: internal/fault, internal/secret. No RFC speaks of this room; the Secret Service API of
// freedesktop.org (draft 0.2) and the XDG Base Directory Specification 0.8 do.
package storage
