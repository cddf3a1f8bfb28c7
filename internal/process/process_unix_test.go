//go:build unix

package process

import (
	"errors"
	"os/exec"
	"syscall"
	"testing"
)

// TestF38AProcessThatWasStoppedEnds: it would hear of its end only when somebody lets it go on.
func TestF38AProcessThatWasStoppedEnds(t *testing.T) {
	cmd, _ := child(t)
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	started := Started(cmd.Process.Pid)
	if started == "" {
		_ = cmd.Process.Signal(syscall.SIGCONT)
		t.Skip("this system does not tell when a process started")
	}
	if err := End(cmd.Process.Pid, started); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Errorf("it ended with %v", err)
	}
}
