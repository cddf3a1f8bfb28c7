package agent

import (
	"bytes"
	"os"
	"strconv"
)

func exeOf(pid int) string {
	path, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe")
	if err != nil { // it has ended, or it is set-user-id
		return ""
	}
	return path
}

// parentOf reads the fourth field of /proc/PID/stat; the second is a name in parentheses that may hold anything.
func parentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}
