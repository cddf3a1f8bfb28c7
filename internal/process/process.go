// Package process tells whether a process is still the one that somebody meant, and ends it. A process id alone does
// not tell: the system gives it to another when the first has ended. Together with the moment of its start it does, and
// so does a handle of the system (Hold). It also tells whether a process sees the system as we do (Here).
//
// It is a leaf: it imports nothing of ours.
package process

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrOther says that the id belongs to nobody, or to another process than the one that was meant.
var ErrOther = errors.New("it is another process, or none")

// Started is the moment of the start of a process, as its system writes it: to compare, and for nothing else. It is
// empty where there is no such process, or where the system does not tell.
func Started(pid int) string {
	if pid <= 0 {
		return ""
	}
	return startOf(pid)
}

// Alive tells whether there is a process of that id. One that did not say who it is (0) counts as alive.
func Alive(pid int) bool {
	if pid == 0 {
		return true
	}
	p, err := os.FindProcess(pid)
	if err != nil { // Windows looks when it is asked
		return false
	}
	defer func() { _ = p.Release() }()
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// End asks the process of that id and that start to end, where the system can ask; Windows ends it. The error is
// ErrOther where it is another, or the system's.
func End(pid int, started string) error {
	p, err := os.FindProcess(pid) // before the look at its start: on Linux it stays this process from here on
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOther, err)
	}
	defer func() { _ = p.Release() }()
	if started == "" || Started(pid) != started {
		return ErrOther
	}
	return end(p)
}
