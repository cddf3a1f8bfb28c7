// Package detach starts a process that outlives the one that starts it: the agent from a terminal, from cron or
// from a window; the window from the tray. It is a leaf.
package detach

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
)

// Start runs argv in a session of its own, without our terminal and our files, in the root folder, and does not wait
// for it. The environment goes along: it names the display, the bus and the folders. ended tells once how the process
// ended, if it ends before us: nil, or an *exec.ExitError.
func Start(argv []string) (ended <-chan error, err error) { return Feed(argv, nil) }

// Feed is Start with input for the process to read from its standard input: the way for what must not stand among its
// arguments.
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
	// The child is reaped if it ends before us, so that it does not stay as a zombie; if we end first, init does it.
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	return end, nil
}
