//go:build unix

package detach

import (
	"os"
	"strconv"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes: a session of its own has no controlling terminal and gets no SIGHUP or Ctrl-C from ours.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// usualUmask is what desktop sessions have; a browser that the tray opens gets it too. Files of ours name their mode.
const usualUmask = 0o022

// limits of whoever started us that an agent must not end by in the middle of its day.
var limits = []int{unix.RLIMIT_AS, unix.RLIMIT_CPU, unix.RLIMIT_DATA, unix.RLIMIT_FSIZE, unix.RLIMIT_NOFILE}

// Settle makes this process independent of the shell, the job or the script that started it: besides what Forget does
// it takes the root folder, the usual umask, the priority that everybody has, and of each limit the most that it may.
// The system refuses some of it to some; it is tried.
func Settle() {
	Forget()
	_ = os.Chdir("/")
	unix.Umask(usualUmask)
	for _, id := range append(numbersIn("/proc/self/task"), 0) { // Linux has a priority for each thread; 0 is this one
		_ = unix.Setpriority(unix.PRIO_PROCESS, id, 0)
	}
	for _, which := range limits {
		var limit unix.Rlimit
		if unix.Getrlimit(which, &limit) == nil && limit.Cur != limit.Max {
			limit.Cur = limit.Max
			_ = unix.Setrlimit(which, &limit)
		}
	}
}

// MostFiles is how many files a process that we start may have open; it can take no more than that.
func MostFiles() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return ^uint64(0)
	}
	return uint64(limit.Max) //nolint:unconvert // some systems have it signed
}

var (
	keeping sync.Mutex
	kept    []int // descriptors that keepDescriptors has marked
)

// keepDescriptors keeps the descriptors that we were started with from all that we start. They are the ones without the
// mark "close on exec": whatever Go opens has it. Input, output and errors stay as they are.
func keepDescriptors() {
	keeping.Lock()
	defer keeping.Unlock()
	for _, fd := range openDescriptors() {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if fd <= 2 || err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags|unix.FD_CLOEXEC); err == nil {
			kept = append(kept, fd)
		}
	}
}

// GiveBack undoes what a start has done to the descriptors that we were started with. It is for who becomes the command
// of its caller (keyfob run), which shall find what its caller has opened for it.
func GiveBack() {
	keeping.Lock()
	defer keeping.Unlock()
	for _, fd := range kept {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
			_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags&^unix.FD_CLOEXEC)
		}
	}
	kept = nil
}

// openDescriptors are the numbers of all descriptors that this process has, where the system lists them.
func openDescriptors() []int { return numbersIn("/dev/fd") }

// numbersIn are those of a folder's names that are numbers; none where there is no such folder.
func numbersIn(folder string) []int {
	list, err := os.Open(folder)
	if err != nil {
		return nil
	}
	defer func() { _ = list.Close() }()
	names, _ := list.Readdirnames(-1)
	var numbers []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
