//go:build unix

package main

import (
	"errors"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// ways are the two ways to the command: the fast one and that of the program proper.
var ways = map[string]string{"fast": "60s", "proper": "0s"}

func TestRunBecomesTheCommand(t *testing.T) {
	home(t)
	for way, ttl := range ways {
		var out strings.Builder
		cmd := exec.Command("keyfob", "run", "acme", "--min-ttl", ttl, "--", "sh", "-c", "echo $$; kill -TERM $$; sleep 60")
		cmd.Stdout = &out
		err := cmd.Run()
		if pid := strconv.Itoa(cmd.Process.Pid); strings.TrimSpace(out.String()) != pid {
			t.Errorf("%s: process %s became %s", way, pid, out.String())
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
			t.Errorf("%s: the signal became %v", way, err)
		}
	}
}

// TestRunPassesOnWhatItWasGiven: signals that are ignored, as nohup and job control have it, and no more open files
// than there were.
func TestRunPassesOnWhatItWasGiven(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("asks /proc")
	}
	home(t)
	for way, ttl := range ways {
		const ignored = "grep SigIgn: /proc/self/status"
		plain := tool(t, "", "sh", "-c", "trap '' INT HUP; exec "+ignored)
		kept := tool(t, "", "sh", "-c", "trap '' INT HUP; exec keyfob run acme --min-ttl "+ttl+" -- "+ignored)
		if kept != plain {
			t.Errorf("%s: ignored before %safter %s", way, plain, kept)
		}
		plain = tool(t, "", "ls", "/proc/self/fd")
		if kept = tool(t, "", "keyfob", "run", "acme", "--min-ttl", ttl, "--", "ls", "/proc/self/fd"); kept != plain {
			t.Errorf("%s: open before %q, after %q", way, plain, kept)
		}
	}
}

// A program whose environment has a token in it leaves no more of it behind than the one that put it there.
func TestA65TheFastWayLeavesNoMemoryEither(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("asks /proc")
	}
	home(t)
	const raised = "ulimit -S -c unlimited 2>/dev/null || ulimit -S -c 8 || exit 99; "
	for way, ttl := range ways {
		limits, _, err := try(t, "", "sh", "-c", raised+"exec keyfob run acme --min-ttl "+ttl+" -- cat /proc/self/limits")
		if err != nil {
			t.Skip("nobody on this machine may leave one")
		}
		for line := range strings.Lines(limits) {
			fields := strings.Fields(line)
			if strings.HasPrefix(line, "Max core file size") && fields[4] != "1" && fields[4] != "0" {
				t.Errorf("%s: %s", way, line)
			}
		}
	}
}
