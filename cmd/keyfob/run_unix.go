//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// become replaces us by the command: signals, job control, terminal and exit code are then exactly its own, and nothing
// of us is left. Signals that we were told to ignore are ignored by it as well.
func become(path string, argv, env []string) error {
	signal.Reset()
	return syscall.Exec(path, argv, env)
}
