//go:build unix

package storage

import (
	"os/exec"
	"syscall"
)

// aloneInGroup gives the child a process group of its own, and has the whole group killed when its time is over: on
// macOS the child runs /usr/bin/security, which must not stay behind.
func aloneInGroup(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	child.Cancel = func() error { return syscall.Kill(-child.Process.Pid, syscall.SIGKILL) }
}
