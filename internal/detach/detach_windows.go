package detach

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// attributes: no console window, and no Ctrl-C from ours.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS,
	}
}
