//go:build unix

package process

import (
	"os"
	"syscall"
)

// end asks the process to end. A process that was stopped, by Ctrl-Z for example, hears of it when it goes on.
func end(p *os.Process) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	_ = p.Signal(syscall.SIGCONT) // it fails where the process has ended already
	return nil
}
