package localapi

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func peerOf(raw syscall.RawConn) (who Caller, err error) {
	var cred *unix.Xucred
	var pid int
	failed := raw.Control(func(fd uintptr) {
		if cred, err = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED); err == nil {
			pid, err = unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
		}
	})
	if failed != nil {
		return Caller{}, failed
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{UID: int(cred.Uid), PID: pid}, nil
}
