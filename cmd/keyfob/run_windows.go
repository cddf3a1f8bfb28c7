package main

import (
	"os"
	"os/exec"
	"os/signal"
)

// replaceProcess runs the command and exits with its exit code, since Windows cannot replace a process. Ctrl-C
// reaches every process of a console: the command decides what it means, and this process waits for the command.
func replaceProcess(path string, argv, env []string) error {
	signal.Ignore(os.Interrupt)
	cmd := exec.Command(path) //nolint:noctx // the command runs until it ends
	cmd.Args, cmd.Env = argv, env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState != nil {
		os.Exit(cmd.ProcessState.ExitCode())
	}
	return err
}
