//go:build unix

package detach

import "syscall"

// attributes: a session of its own has no controlling terminal and gets no SIGHUP or Ctrl-C from ours.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
