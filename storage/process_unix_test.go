//go:build unix

package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"keyfob/internal/fault"
)

// scripted is a keychain whose child is a shell script.
func scripted(script string) *Keychain {
	k := NewKeychain([]string{"/bin/sh", "-c", script})
	k.ordinary = time.Second
	return k
}

func TestF16DeadlineKillsGrandchildrenToo(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	alive := make(chan error, 1)
	go func() { // reads until the last process that has the pipe open is dead
		file, err := os.Open(fifo)
		if err == nil {
			_, err = io.Copy(io.Discard, file)
			_ = file.Close()
		}
		alive <- err
	}()
	k := scripted("exec 9>" + fifo + "; sleep 1000 & sleep 1000")
	_, err := k.Load(t.Context(), "session/a")
	wantFault(t, err, fault.KeychainSlow)
	select {
	case err := <-alive:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("something lives on")
	}
}

func TestCallersContext(t *testing.T) {
	k := scripted("sleep 1000")
	k.ordinary = time.Hour
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Load(cancelled, "session/a"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	late, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := k.Load(late, "session/a")
	wantFault(t, err, fault.KeychainSlow)
}

func TestChildrenThatMisbehave(t *testing.T) {
	cases := map[string]string{
		"says nothing":         "cat >/dev/null & exit 0",
		"says nonsense":        "echo hello, this is not a frame",
		"announces 4 GB":       `printf '\377\377\377\377'`,
		"stops in the middle":  `printf '\000\000\000\011{"data'`,
		"is not JSON":          `printf '\000\000\000\004oops'`,
		"says nothing, fails":  "exit 3",
		"kills itself":         "kill -9 $$",
		"talks for ever":       "exec yes",
		"writes to its stderr": "echo " + canaryOnStderr + " >&2; exit 1",
	}
	for name, script := range cases {
		t.Run(name, func(t *testing.T) {
			k := scripted(script)
			k.ordinary = 20 * time.Second
			_, err := k.Load(t.Context(), "session/a")
			wantFault(t, err, fault.KeychainFailed)
			if strings.Contains(err.Error(), "hello") || strings.Contains(err.Error(), canaryOnStderr) {
				t.Errorf("the error repeats the child: %v", err)
			}
		})
	}
}

const canaryOnStderr = "canary-on-stderr"

func TestInteractiveHasTheLongDeadline(t *testing.T) {
	k := scripted("sleep 1000")
	k.ordinary, k.prompt = 0, 200*time.Millisecond
	began := time.Now()
	_, err := k.Load(Interactive(t.Context()), "session/a")
	wantFault(t, err, fault.KeychainSlow)
	if time.Since(began) < k.prompt {
		t.Error("the ordinary deadline was used")
	}
	if ordinaryDeadline > promptDeadline || promptDeadline != 2*time.Minute {
		t.Error("deadlines are wrong")
	}
}

func TestF45AKeychainChildGetsNothingOfOurs(t *testing.T) {
	t.Setenv("ACCESS_TOKEN", "canary")
	lock, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0) // as a shell opens it: all that we start would have it
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(lock)
	seen := filepath.Join(t.TempDir(), "seen")
	k := scripted(fmt.Sprintf("{ echo token $ACCESS_TOKEN home $HOME; pwd; ls -l /dev/fd/%d; } >%s 2>&1", lock, seen))
	_, _ = k.Load(t.Context(), "session/a") // a script has no answer
	got, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(got), "\n")
	if lines[0] != "token home "+os.Getenv("HOME") || lines[1] != "/" || !strings.Contains(lines[2], "No such file") {
		t.Errorf("it has\n%s", got)
	}
}
