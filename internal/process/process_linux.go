package process

import (
	"bytes"
	"os"
	"strconv"
)

// startOf reads the 22nd field of /proc/PID/stat, in ticks since the machine started; the second is a name in
// parentheses that may hold anything.
func startOf(pid int) string {
	const fieldsBetween = 19
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= fieldsBetween {
		return ""
	}
	return string(fields[fieldsBetween])
}
