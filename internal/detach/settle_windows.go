package detach

import (
	"math"
	"syscall"

	"golang.org/x/sys/windows"
)

// attributes: no console window, no Ctrl-C from ours, and not our priority, which Windows hands on where it is low.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		HideWindow: true,
		CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS |
			windows.NORMAL_PRIORITY_CLASS,
	}
}

// Settle has the environment to mend: handles are handed on by name only, and limits and a umask there are none.
func Settle() { Forget() }

// MostFiles is without a limit.
func MostFiles() uint64 { return math.MaxUint64 }

func keepDescriptors() {}
