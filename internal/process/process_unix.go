//go:build unix

package process

import (
	"os"
	"syscall"
)

func end(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
