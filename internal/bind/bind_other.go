//go:build !windows

package bind

import "syscall"

// What the system says of an address that cannot be listened at.
var (
	taken     = []syscall.Errno{syscall.EADDRINUSE}
	denied    = []syscall.Errno{syscall.EACCES, syscall.EPERM}
	missing   = []syscall.Errno{syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT}
	exhausted = []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}
)

// exclusive has nothing to do here: without SO_REUSEPORT, which is never set, a port that listens is taken.
func exclusive(_, _ string, _ syscall.RawConn) error { return nil }
