package localapi

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"keyfob/internal/fault"
	"keyfob/storage"
)

// Listen opens the socket at path. Its folder must be there already: 0700, ours, and no symbolic link; on Windows the
// folder gets an access list with the current user alone.
//
// The caller holds the agent's lock, so a socket that nobody answers is a dead agent's, and is replaced. One
// that somebody answers is fault.AlreadyRunning. Anything else at that place is left as it is: fault.SocketUnsafe,
// as for every other way in which the place is not ours alone. A path that no socket can have is fault.SocketTooLong.
//
// Closing it removes the socket, and nothing that somebody else has put into its place.
func Listen(path string) (net.Listener, error) {
	l, err := listenAt(path)
	if err != nil {
		return nil, err
	}
	return l, nil
}

func listenAt(path string) (*listener, error) {
	if err := storage.CheckSocketPath(path); err != nil {
		return nil, err
	}
	if err := storage.PrivateFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	opened, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, unsafePlace(path, fault.UnsafeNotMade, err)
	}
	l := &listener{UnixListener: opened.(*net.UnixListener), path: path}
	l.SetUnlinkOnClose(false)
	if err = restrict(path); err == nil {
		l.made, err = os.Lstat(path)
	}
	if err != nil {
		_ = l.Close()
		return nil, unsafePlace(path, fault.UnsafeNotRestricted, err)
	}
	return l, nil
}

// restrict closes the socket to others. Between its making and this, the folder does; on Windows the socket has the
// folder's access list.
func restrict(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return os.Chmod(path, 0o600)
}

// listener is a socket that knows whether it is still the one at its path.
type listener struct {
	*net.UnixListener
	path string
	made os.FileInfo
}

// reachable tells whether the path leads to this socket. The system gives its inode to no other file while it is open.
func (l *listener) reachable() bool {
	there, err := os.Lstat(l.path)
	return err == nil && l.made != nil && os.SameFile(there, l.made)
}

// Close stops listening, and removes the socket if it is still there.
func (l *listener) Close() error {
	if l.reachable() {
		_ = os.Remove(l.path)
	}
	return l.UnixListener.Close()
}

// removeStale makes the place free if a dead agent's socket is in it. Lstat and Remove do not follow links.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unsafePlace(path, fault.UnsafeHidden, err)
	case info.Mode().Type() != fs.ModeSocket:
		return unsafePlace(path, fault.UnsafeNoSocket, nil)
	}
	if c, err := (&net.Dialer{}).DialContext(context.Background(), "unix", path); err == nil {
		c.Close()
		return fault.New(fault.AlreadyRunning)
	}
	if err := os.Remove(path); err != nil {
		return unsafePlace(path, fault.UnsafeNotRemoved, err)
	}
	return nil
}

func unsafePlace(path string, reason fault.Reason, cause error) error {
	return fault.New(fault.SocketUnsafe, "path", path).WithReason(reason).Because(cause)
}
