package localapi

import (
	"math"
	"strconv"
	"unsafe"

	"golang.org/x/sys/windows"

	"keyfob/internal/process"
)

func exeOf(pid int) string {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return ""
	}
	defer windows.CloseHandle(process) //nolint:errcheck // nothing to do about it
	var path [windows.MAX_LONG_PATH]uint16
	size := uint32(len(path))
	if windows.QueryFullProcessImageName(process, 0, &path[0], &size) != nil {
		return ""
	}
	return windows.UTF16ToString(path[:size])
}

// parentOf looks through the list of all processes: Windows tells it nowhere else. The list keeps the id of a parent
// that has ended, which may be another's by now; one that started after its child is.
func parentOf(pid int) int {
	list, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return 0
	}
	defer windows.CloseHandle(list) //nolint:errcheck // nothing to do about it
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(list, &entry); err == nil; err = windows.Process32Next(list, &entry) {
		if int(entry.ProcessID) == pid {
			parent := int(entry.ParentProcessID)
			if startOf(parent) > startOf(pid) {
				return 0
			}
			return parent
		}
	}
	return 0
}

// startOf is when a process started; of one of which that is not told, last of all.
func startOf(pid int) int64 {
	started, err := strconv.ParseInt(process.Started(pid), 10, 64)
	if err != nil {
		return math.MaxInt64
	}
	return started
}
