package localapi

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func peerOf(raw syscall.RawConn) (who Caller, err error) {
	var cred *unix.Ucred
	failed := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if failed != nil {
		return Caller{}, failed
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{UID: int(cred.Uid), PID: int(cred.Pid)}, nil
}
