package trim

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// executable unmaps the pages of our own file that are read-only: they cannot have been changed, so what is needed
// again is read from the page cache (madvise(2), MADV_DONTNEED on a private file mapping).
func executable() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		from, to, ok := readOnly(lines.Text(), self)
		if ok {
			// The range is mapped for as long as the program runs; advice about it cannot fail in a way that matters.
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
		}
	}
}

// readOnly reads one line of /proc/self/maps: the range, and whether it is a mapping of file that nobody can write.
func readOnly(line, file string) (from, to uintptr, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 6 || strings.Join(fields[5:], " ") != file {
		return 0, 0, false
	}
	if access := fields[1]; len(access) != 4 || access[0] != 'r' || access[1] != '-' || access[3] != 'p' {
		return 0, 0, false
	}
	n, err := fmt.Sscanf(fields[0], "%x-%x", &from, &to)
	return from, to, err == nil && n == 2 && from < to
}
