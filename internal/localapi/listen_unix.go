//go:build unix

package localapi

import (
	"io/fs"
	"net"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// secureFolder checks that nobody else can reach, replace or redirect what is in dir. It mends nothing: a folder that
// is not as we made it has a story that a person should hear.
func secureFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return unsafePlace(dir, "the folder cannot be looked at", err)
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode().Type() != fs.ModeDir:
		return unsafePlace(dir, "it is a link or a file, not a folder", nil)
	case !known || int(owner.Uid) != os.Geteuid():
		return unsafePlace(dir, "the folder belongs to another user", nil)
	case info.Mode().Perm()&0o077 != 0:
		return unsafePlace(dir, "the folder is open to other users", nil)
	}
	return nil
}

// restrict closes the socket to others. Between its making and this, the folder does.
func restrict(path string) error { return os.Chmod(path, 0o600) }

// unheard tells whether c holds bytes that nobody has read yet. It takes none of them.
func unheard(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	n := 0
	err = raw.Control(func(fd uintptr) {
		n, _, _ = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
	})
	return err == nil && n > 0
}
