//go:build unix

package main

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"keyfob/internal/fault"
)

// hideTyping makes the terminal not show what is typed, until restore is called.
func hideTyping(terminal *os.File) (restore func(), err error) {
	fd := int(terminal.Fd())
	was, err := unix.IoctlGetTermios(fd, getTerminal)
	if err != nil {
		return nil, err
	}
	hidden := *was
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, setTerminal, &hidden); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTerminal, was) }, nil
}

// openSecretFile opens a file that only root and this user can write, and that others cannot read: a secret that
// others know or chose is none. The file is checked after it was opened, so that it cannot be exchanged in between.
func openSecretFile(path string) (*os.File, fault.Reason) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // opening a pipe would wait for a writer
	if err != nil {
		return nil, fault.UsageSecretMissing
	}
	if reason := unsafeFile(f); reason != "" {
		f.Close()
		return nil, reason
	}
	return f, ""
}

// unsafeFile is the reason why a file is not safe; empty where it is.
func unsafeFile(f *os.File) fault.Reason {
	const othersAll, groupAll, groupWrite = 0o007, 0o070, 0o020
	info, err := f.Stat()
	if err != nil {
		return fault.UsageSecretHidden
	}
	owner, _ := info.Sys().(*syscall.Stat_t)
	mine := owner != nil && int(owner.Uid) == os.Getuid()
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return fault.UsageSecretIrregular
	case owner == nil || !mine && owner.Uid != 0:
		return fault.UsageSecretForeign
	case mode&(othersAll|groupWrite) != 0, mine && owner.Uid != 0 && mode&groupAll != 0:
		return fault.UsageSecretOpen
	}
	return ""
}

// openDescriptor takes over a descriptor that whoever started this process has opened.
func openDescriptor(number string) (*os.File, fault.Reason) {
	const firstFree = 3
	fd, err := strconv.ParseUint(number, 10, 16)
	if err != nil || fd < firstFree {
		return nil, fault.UsageSecretDescriptor
	}
	unix.CloseOnExec(int(fd))
	return os.NewFile(uintptr(fd), "secret"), ""
}
