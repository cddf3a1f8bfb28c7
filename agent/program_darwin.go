package agent

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// exeOf reads kern.procargs2: the number of arguments, then the path of the executable, as the kernel keeps them.
func exeOf(pid int) string {
	const counter = 4
	args, err := unix.SysctlRaw("kern.procargs2", pid)
	if err != nil || len(args) < counter {
		return ""
	}
	path, _, _ := bytes.Cut(args[counter:], []byte{0})
	return string(path)
}

func parentOf(pid int) int {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return 0
	}
	return int(info.Eproc.Ppid)
}
