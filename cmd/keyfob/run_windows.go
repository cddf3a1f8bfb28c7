package main

import (
	"os"
	"os/exec"
	"os/signal"
)

// become runs the command and ends as it does. Windows sends Ctrl-C to everybody at a console: the command decides what
// it means, and we wait for that.
func become(path string, argv, env []string) error {
	signal.Ignore(os.Interrupt)
	cmd := exec.Command(path) //nolint:noctx // it ends when it ends
	cmd.Args, cmd.Env = argv, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState != nil {
		os.Exit(cmd.ProcessState.ExitCode())
	}
	return err
}
