package storage

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// aloneInGroup keeps a console window from flashing up. The child calls the system's credential functions directly and
// starts nothing, so that killing it alone, as os/exec does, is enough.
func aloneInGroup(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}
