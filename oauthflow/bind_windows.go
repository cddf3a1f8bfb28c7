package oauthflow

import "syscall"

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
