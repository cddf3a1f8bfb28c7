package peer

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func processAt(raw syscall.RawConn) (who Process, err error) {
	var cred *unix.Xucred
	var pid int
	failed := raw.Control(func(fd uintptr) {
		if cred, err = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED); err == nil {
			pid, err = unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
		}
	})
	if failed != nil {
		return Process{}, failed
	}
	if err != nil {
		return Process{}, err
	}
	return Process{UID: int(cred.Uid), PID: pid}, nil
}
