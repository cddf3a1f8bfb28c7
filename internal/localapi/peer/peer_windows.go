package peer

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// peerPID is SIO_AF_UNIX_GETPEERPID of the Windows SDK (afunix.h): _WSAIOR(IOC_VENDOR, 256).
const peerPID = 0x58000100

// processAt asks for the process at the other end. Whose it is cannot be asked of one that is more privileged than we
// are, such as an administrator's terminal; the access list of the folder keeps others out, see storage.
func processAt(raw syscall.RawConn) (Process, error) {
	var pid, size uint32
	var err error
	failed := raw.Control(func(fd uintptr) {
		err = windows.WSAIoctl(windows.Handle(fd), peerPID, nil, 0,
			(*byte)(unsafe.Pointer(&pid)), uint32(unsafe.Sizeof(pid)), &size, nil, 0)
	})
	if failed != nil {
		return Process{}, failed
	}
	if err != nil { // before Windows 10 1809 nobody tells
		pid = 0
	}
	return Process{UID: -1, PID: int(pid)}, nil
}
