package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"keyfob/internal/fault"
)

// maxSocketPath is how long a socket's path may be, in bytes: sun_path of macOS and the BSDs has 104 with its final
// zero, that of Linux and Windows 108. One limit for all, so that a set-up which works here works there.
const maxSocketPath = 103

// CheckSocketPath finds out early what bind and connect would only call "invalid argument": fault.SocketTooLong.
func CheckSocketPath(path string) error {
	if n := len(path); n > maxSocketPath {
		return fault.New(fault.SocketTooLong,
			"path", path, "bytes", strconv.Itoa(n), "limit", strconv.Itoa(maxSocketPath))
	}
	return nil
}

// Socket is the path at which the agent listens.
func (p Places) Socket() string { return filepath.Join(p.Runtime, socketName) }

// Sockets are the paths at which the agent may listen, the best first. The second is the one for environments without a
// runtime folder, which may go while the agent runs; the last is for when something else lies at the others.
func (p Places) Sockets() []string {
	paths := []string{p.Socket()}
	if p.Runtime != p.State {
		paths = append(paths, filepath.Join(p.State, socketName))
	}
	return append(paths, filepath.Join(p.State, "agent-spare.sock"))
}

const socketName = "agent.sock"

// MakeSocketFolder makes a folder for a socket, for the current user alone, and tells whether it mended modes that were
// too loose. The errors are fault.SocketUnsafe and fault.DiskTrouble.
func MakeSocketFolder(path string) (mended bool, err error) {
	was, err := secureFolder(path, writable) // what lies in one that others can write to may be theirs
	var reason unsafeFolder
	switch {
	case errors.As(err, &reason):
		return false, fault.New(fault.SocketUnsafe, "path", path).WithReason(fault.Reason(reason))
	case err != nil:
		return false, diskTrouble(path, err)
	}
	return was != folderMode, nil
}

// PrivateFolder looks whether nobody else can reach, replace or redirect what is in a folder: fault.SocketUnsafe where
// somebody could. It mends nothing: a person should hear of a folder that is not as Keyfob made it. Only
// on Windows it writes the folder's access list, with the current user alone: there are no peer credentials there, and
// sockets obey the access list of their file, so that this list is what keeps others out.
func PrivateFolder(path string) error {
	reason, cause := Strange(path, fs.ModeDir)
	if reason == "" && runtime.GOOS == "windows" {
		if cause = restrict(path); cause != nil {
			reason = fault.UnsafeNoAccessList
		}
	}
	if reason == "" {
		return nil
	}
	return fault.New(fault.SocketUnsafe, "path", path).WithReason(reason).Because(cause)
}

// Strange is why the folder or the socket at path is not what it should be and the current user's alone, as far as a
// look tells; empty where it is. Links are not followed. On Windows the mode and the owner say nothing.
func Strange(path string, kind fs.FileMode) (reason fault.Reason, cause error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return fault.UnsafeHidden, err
	case info.Mode().Type() != kind && kind == fs.ModeSocket:
		return fault.UnsafeNoSocket, nil
	case info.Mode().Type() != kind:
		return fault.UnsafeNoFolder, nil
	case !ours(info):
		return fault.UnsafeForeign, nil
	case openToOthers(info):
		return fault.UnsafeOpen, nil
	}
	return "", nil
}
