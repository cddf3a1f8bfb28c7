// Package detach starts processes that live longer than the process that starts them: the agent from a terminal, from
// cron or from a window; the window from the tray. It is a leaf: it imports nothing of ours.
package detach

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
)

// Start runs argv in a session of its own, without our terminal and our open files, in the root folder. It does not
// wait for the process. The process gets our environment, which names the display, the bus and the folders. If the
// process ends before us, ended receives one value: nil, or an *exec.ExitError.
func Start(argv []string) (ended <-chan error, err error) { return Feed(argv, nil) }

// Feed is Start with input, which the process reads from its standard input. It is for secrets, which must not be among
// the arguments.
func Feed(argv []string, input []byte) (ended <-chan error, err error) {
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // it outlives every context of ours
	cmd.Dir = string(os.PathSeparator)
	cmd.SysProcAttr = attributes()
	if input != nil {
		cmd.Stdin = bytes.NewReader(input)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	// Wait reaps the child if it ends before us, so that it does not stay as a zombie. If we end first, init does that.
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	return end, nil
}
