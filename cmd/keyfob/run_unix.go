//go:build unix

package main

import (
	"os/signal"
	"syscall"

	"keyfob/internal/detach"
)

// replaceProcess replaces this process by the command (execve), so that signals, job control, terminal and exit code
// are the command's own. Signals that this process was started to ignore, the command ignores as well, and it
// finds the descriptors that its caller has opened for it.
//
// The command inherits one limit: memory is kept out of core dumps (diag.NoCore), since the token is in the command's
// memory now. It is a soft limit, so a command that needs core dumps can raise it; --help says so.
func replaceProcess(path string, argv, env []string) error {
	signal.Reset()
	detach.GiveBack()
	return syscall.Exec(path, argv, env)
}
