//go:build unix

package detach

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain is also the child: it reports its session through a named pipe and ends.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "report-session" {
		report(os.Args[2])
		return
	}
	goleak.VerifyTestMain(m)
}

func report(pipe string) {
	f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		os.Exit(1)
	}
	wd, _ := os.Getwd()
	fmt.Fprintf(f, "%d %d %s\n", os.Getpid(), syscall.Getpgrp(), wd)
	f.Close()
}

func TestStartLeavesOurSession(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else the child of a -race build, and who waits for it, last a second
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start([]string{self, "report-session", pipe}); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(pipe, os.O_RDWR, 0) // read-write: opening does not wait for the writer
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(f).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var pid, group int
	var wd string
	if _, err := fmt.Sscan(line, &pid, &group, &wd); err != nil {
		t.Fatal(err)
	}
	if pid != group || group == syscall.Getpgrp() || wd != "/" {
		t.Fatalf("the child runs in our session or folder: %s", line)
	}
}

func TestStartTellsHowItEnded(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ended, err := Start([]string{self, "report-session", filepath.Join(t.TempDir(), "missing")})
	if err != nil {
		t.Fatal(err)
	}
	if exit, is := errors.AsType[*exec.ExitError](<-ended); !is || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v", exit)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	if _, err := Start([]string{"/nonexistent/keyfob"}); err == nil {
		t.Fatal("no error")
	}
}
