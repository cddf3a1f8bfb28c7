// Package detach starts processes that live longer than the process that starts them: the agent from a terminal, from
// cron or from a window; the window from the tray. They start from a list of what they need: of our environment they
// get what environment.go names, and none of the descriptors that we were started with. A script's lock on descriptor 9
// ends with the script. What only a process itself can put right, Settle does.
//
// It is a leaf: it imports nothing of ours.
package detach

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
)

// Start runs argv in a session of its own, without our terminal and our open files, in the root folder. It does not
// wait for the process. The process gets what Environment returns, which names the display, the bus and the folders.
// If the process ends before us, ended receives one value: nil, or an *exec.ExitError.
func Start(argv []string) (ended <-chan error, err error) { return Feed(argv, nil) }

// Feed is Start with input, which the process reads from its standard input. It is for secrets, which must not be among
// the arguments.
func Feed(argv []string, input []byte) (ended <-chan error, err error) {
	cmd := exec.Command(argv[0], argv[1:]...) //nolint:noctx // it outlives every context of ours
	cmd.SysProcAttr = attributes()
	if input != nil {
		cmd.Stdin = bytes.NewReader(input)
	}
	if err := Launch(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	// Wait reaps the child if it ends before us, so that it does not stay as a zombie. If we end first, init does that.
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	return end, nil
}

// Launch starts cmd with nothing of ours but what it names itself and what Environment returns, in the root folder.
func Launch(cmd *exec.Cmd) error {
	cmd.Dir = string(os.PathSeparator)
	cmd.Env = Environment()
	keepDescriptors()
	return cmd.Start()
}
