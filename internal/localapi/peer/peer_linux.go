package peer

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func processAt(raw syscall.RawConn) (who Process, err error) {
	var cred *unix.Ucred
	failed := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if failed != nil {
		return Process{}, failed
	}
	if err != nil {
		return Process{}, err
	}
	return Process{UID: int(cred.Uid), PID: int(cred.Pid)}, nil
}
