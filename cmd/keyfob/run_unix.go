//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// become replaces us by the command: signals, job control, terminal and exit code are then exactly its own, and nothing
// of us is left. Signals that we were told to ignore are ignored by it as well.
//
// One thing of ours stays: the limit that keeps memory out of core dumps (diag.NoCore). The token is in the command's
// memory from here on as it was in ours, and nobody who runs a tool with a token asks for that on the disk. It is the
// soft limit, so whoever does want one raises it in the command; --help says so.
func become(path string, argv, env []string) error {
	signal.Reset()
	return syscall.Exec(path, argv, env)
}
