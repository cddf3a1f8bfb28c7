//go:build unix

package main

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"keyfob/internal/fault"
)

// A shell ends its loop where a command died of Ctrl-C, and goes on where it ended in another way.
func TestWhoIsInterruptedDiesOfIt(t *testing.T) {
	k := home(t)
	asked := make(chan struct{}, 9)
	s := newSite(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	allow(k, s.URL+"/v1/")
	for _, by := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.CommandContext(t.Context(), "keyfob", "call", "acme", "/slow")
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-asked
		if err := cmd.Process.Signal(by); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		how, is := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !is || !how.Signaled() || how.Signal() != by || said.String() != "keyfob: Cancelled.\n  code: cancelled\n" {
			t.Errorf("%v: %v\n%s", by, cmd.ProcessState, &said)
		}
	}
	loop := exec.CommandContext(t.Context(), "bash", "-c", "for i in 1 2 3; do keyfob call acme /slow; done")
	loop.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := loop.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := syscall.Kill(-loop.Process.Pid, syscall.SIGINT); err != nil { // as a terminal does
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- loop.Wait() }()
	select {
	case <-ended:
	case <-asked:
		t.Error("the loop goes on")
		_ = syscall.Kill(-loop.Process.Pid, syscall.SIGKILL)
		<-ended
	}
}

// Whose attempt was cancelled elsewhere was not interrupted.
func TestACancelledSignInIsAFailure(t *testing.T) {
	if code := exitCode(fault.New(fault.SignInCancelled)); code != exitFailed {
		t.Error(code)
	}
	if !strings.Contains(tool(t, "", "keyfob", "--help"), "130  cancelled with Ctrl-C") {
		t.Error("--help does not say it")
	}
}
