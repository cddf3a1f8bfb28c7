//go:build unix

package main

import (
	"testing"

	"golang.org/x/sys/unix"
)

// What asks for a token holds it, if only for a moment. No run of the command line leaves a picture of its memory.
func TestA65ACrashOfTheCommandLineLeavesNoMemory(t *testing.T) {
	var was, is unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &was); err != nil {
		t.Fatal(err)
	}
	if was.Max <= 1 {
		t.Skip("nobody on this machine may leave one")
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &was) })
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: was.Max, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	run([]string{"version"})
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &is); err != nil || is.Cur > 1 {
		t.Errorf("the system may write %d bytes of memory to the disk, %v", is.Cur, err)
	}
}
