package bind

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// What the system says of an address that cannot be listened at. A port that is reserved (for Hyper-V, say), or that
// another program holds exclusively, is WSAEACCES.
var (
	taken     = []syscall.Errno{windows.WSAEADDRINUSE}
	denied    = []syscall.Errno{windows.WSAEACCES}
	missing   = []syscall.Errno{windows.WSAEADDRNOTAVAIL, windows.WSAEAFNOSUPPORT}
	exhausted = []syscall.Errno{windows.WSAEMFILE, windows.WSAENOBUFS}
)

// soExclusiveAddrUse is ~SO_REUSEADDR, as winsock2.h has it.
const soExclusiveAddrUse = ^syscall.SO_REUSEADDR

// exclusive keeps other programs from binding our port as well, which Windows allows to any that sets SO_REUSEADDR.
func exclusive(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, soExclusiveAddrUse, 1)
	})
	if err != nil {
		return err
	}
	return failed
}
