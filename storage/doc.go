// Package storage keeps Keyfob's data: secrets in the operating system's keychain, profiles in files that are written
// whole or not at all. It has the lock that makes sure that there is one agent, and the folders in which all of it
// lies.
//
// It stores opaque bytes, and returns fs.ErrNotExist where nothing is stored. It does not know what the bytes mean.
//
// # The keychain is used from a child process
//
// A child of the same executable performs the keychain operations (RunChild):
//
//   - A keychain may not answer. The child gives an operation up at its deadline, or is killed. On macOS and Windows
//     the library knows no deadlines, and each operation has a child of its own.
//   - On Linux one child stays for all operations. KeePassXC judges by connection to the bus: what one connection has
//     saved or a person has allowed it, the next must be allowed again. The child's connection is not the tray's.
//   - "The call returned" is not "the secret is saved". The child reads back what it wrote, and a second connection,
//     which nobody knows, looks for it as the next process will.
//
// A prompt is shown only under a context for which Interactive was called. The Secret Service is spoken to directly,
// and the items are those that github.com/zalando/go-keyring made in earlier versions.
//
// The secret is sent through a pipe, never in arguments or in the environment.
//
// # Files
//
// A file is written beside its place, synced, and renamed over it; then the folder is synced. So after a power cut
// there is the old file or the new one. Folders are 0700 and files 0600, whatever the umask. The only secrets in files
// are those that are too large for the keychain. They are encrypted with a key that the keychain holds (Sealed).
//
// # The socket
//
// The paths at which the agent may listen are here as well (Places.Sockets), and so are the checks that nobody else can
// reach what lies there.
//
// It may import: internal/fault, internal/secret, internal/detach and the other leaves. It follows the Secret Service
// API of freedesktop.org (draft 0.2) and the XDG Base Directory Specification 0.8.
package storage
