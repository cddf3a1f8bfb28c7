//go:build unix

package main

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// hideTyping switches off that the terminal shows what is typed, until restore.
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

// openSecretFile opens a file that nobody but root and ourselves can have written, and that others cannot read: a
// secret that others read, or choose, is none. What is looked at is what was opened.
func openSecretFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // a pipe would hold us up
	if err != nil {
		return nil, errors.New("there is no such file, or it may not be read")
	}
	if reason := unsafeFile(f); reason != "" {
		f.Close()
		return nil, errors.New(reason)
	}
	return f, nil
}

func unsafeFile(f *os.File) string {
	const othersAll, groupAll, groupWrite = 0o007, 0o070, 0o020
	info, err := f.Stat()
	if err != nil {
		return "it cannot be looked at"
	}
	owner, _ := info.Sys().(*syscall.Stat_t)
	mine := owner != nil && int(owner.Uid) == os.Getuid()
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return "it is no regular file"
	case owner == nil || !mine && owner.Uid != 0:
		return "it belongs to another user than root and you"
	case mode&(othersAll|groupWrite) != 0, mine && owner.Uid != 0 && mode&groupAll != 0:
		return "others can read or write it (chmod 600)"
	}
	return ""
}

// openDescriptor takes over a descriptor that whoever started us has opened.
func openDescriptor(number string) (*os.File, error) {
	const firstFree = 3
	fd, err := strconv.ParseUint(number, 10, 16)
	if err != nil || fd < firstFree {
		return nil, errors.New("it is a number, 3 or more")
	}
	unix.CloseOnExec(int(fd))
	return os.NewFile(uintptr(fd), "secret"), nil
}
