package localapi

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"keyfob/internal/fault"
)

// maxPath is the longest path of a socket in bytes that works everywhere: sun_path holds 104 on macOS (108 on Linux
// and Windows) with the NUL that ends it.
const maxPath = 103

// Listen opens the socket at path. Its folder must be there already: 0700, ours, and no symbolic link; on Windows the
// folder gets an access list with the current user alone.
//
// The caller holds the agent's lock, so a socket that nobody answers is a dead agent's, and is replaced. One
// that somebody answers is fault.AlreadyRunning. Anything else at that place is left as it is: fault.SocketUnsafe,
// as for every other way in which the place is not ours alone. A path that no socket can have is fault.SocketTooLong.
func Listen(path string) (net.Listener, error) {
	if len(path) > maxPath {
		reason := "it is longer than " + strconv.Itoa(maxPath) + " bytes"
		return nil, fault.New(fault.SocketTooLong, "path", path, "reason", reason)
	}
	if err := secureFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, unsafePlace(path, "the socket cannot be made", err)
	}
	if err := restrict(path); err != nil {
		l.Close()
		return nil, unsafePlace(path, "its permissions cannot be set", err)
	}
	return l, nil
}

// removeStale makes the place free if a dead agent's socket is in it. Lstat and Remove do not follow links.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unsafePlace(path, "it cannot be looked at", err)
	case info.Mode().Type() != fs.ModeSocket:
		return unsafePlace(path, "something that is not a socket is in its place", nil)
	}
	if c, err := (&net.Dialer{}).DialContext(context.Background(), "unix", path); err == nil {
		c.Close()
		return fault.New(fault.AlreadyRunning)
	}
	if err := os.Remove(path); err != nil {
		return unsafePlace(path, "the old socket cannot be removed", err)
	}
	return nil
}

func unsafePlace(path, reason string, cause error) error {
	return fault.New(fault.SocketUnsafe, "path", path, "reason", reason).Because(cause)
}
