package localapi

import (
	"bytes"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// exeOf asks for PROC_PIDPATHINFO, as proc_pidpath of libproc does (XNU, bsd/sys/proc_info.h): the path of the file
// that the kernel runs. The one in kern.procargs2 lies in the process's own memory, where it can write another.
func exeOf(pid int) string {
	const (
		pidInfo  = 2  // PROC_INFO_CALL_PIDINFO
		pathInfo = 11 // PROC_PIDPATHINFO
	)
	var path [1024]byte // MAXPATHLEN
	_, _, failed := syscall.Syscall6(syscall.SYS_PROC_INFO, pidInfo, uintptr(pid), pathInfo, 0,
		uintptr(unsafe.Pointer(&path[0])), unsafe.Sizeof(path))
	end := bytes.IndexByte(path[:], 0)
	if failed != 0 || end < 0 {
		return ""
	}
	return string(path[:end])
}

func parentOf(pid int) int {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return 0
	}
	return int(info.Eproc.Ppid)
}
