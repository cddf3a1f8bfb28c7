package localapi

import (
	"bytes"
	"os"
	"strconv"
	"strings"

	"keyfob/internal/process"
)

// exeOf returns the path of the file that the process runs. It returns "" if we would find another file at that path: a
// process in a container, or with other mounts than ours, may have anything at /usr/bin/python3.
func exeOf(pid int) string {
	proc := "/proc/" + strconv.Itoa(pid)
	path, err := os.Readlink(proc + "/exe")
	if err != nil || !process.Here(pid) { // it has ended, or it is set-user-id
		return ""
	}
	if sameFile(proc+"/exe", path) {
		return path
	}
	if replaced, gone := strings.CutSuffix(path, " (deleted)"); gone { // while it runs, by a newer one as a rule
		return replaced
	}
	return ""
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
