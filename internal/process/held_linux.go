package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// handle is a pidfd. Before Linux 5.3, which has none (pidfd is -1), it is the moment of the start.
type handle struct {
	pidfd   int
	started string
}

func hold(pid int) (handle, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	switch {
	case err == nil:
		return handle{pidfd: fd}, nil
	case !errors.Is(err, unix.ENOSYS):
		return handle{}, fmt.Errorf("%w: %w", ErrOther, err)
	}
	started := startOf(pid)
	if started == "" {
		return handle{}, ErrOther
	}
	return handle{-1, started}, nil
}

// HoldFD is Hold for who has a pidfd of the process already. Release closes it.
func HoldFD(pid, pidfd int) *Held {
	return &Held{pid: pid, handle: handle{pidfd: pidfd}}
}

// lives asks whether the pidfd can be read, as that of a process that has ended can.
func (h handle) lives(pid int) bool {
	if h.pidfd < 0 {
		return startOf(pid) == h.started
	}
	fds := []unix.PollFd{{Fd: int32(h.pidfd), Events: unix.POLLIN}} //nolint:gosec // descriptors are small
	for {
		n, err := unix.Poll(fds, 0)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && n == 0
		}
	}
}

func (h handle) release() {
	if h.pidfd >= 0 {
		_ = unix.Close(h.pidfd)
	}
}

// Here tells whether the process has our files and our process ids: whether it lives in our mount and our pid
// namespace. One in a container does not. Where that cannot be read it is told no.
func Here(pid int) bool {
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return false // /proc tells of another namespace's processes
	}
	theirs := "/proc/" + strconv.Itoa(pid) + "/ns/"
	return sameNamespace(theirs+"mnt", "/proc/self/ns/mnt") && sameNamespace(theirs+"pid", "/proc/self/ns/pid")
}

func sameNamespace(a, b string) bool {
	one, err := os.Readlink(a)
	if err != nil {
		return false
	}
	two, err := os.Readlink(b)
	return err == nil && one == two
}
