//go:build unix

package agent

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/storage"
)

// startHolder starts one that lives until it is ended, or the test is.
func startHolder(t *testing.T, p storage.Places, env ...string) (ended <-chan error) {
	t.Helper()
	if _, err := p.Ensure(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), holderEnv+"="+p.Lock()), env...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); said != "held\n" {
		t.Fatalf("it says %q (%v)", said, err)
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Wait() }()
	t.Cleanup(func() { in.Close() })
	return end
}

// TestF38AnAgentThatIsLostIsFoundAgain by whoever looks for one, and no second one is started beside it.
func TestF38AnAgentThatIsLostIsFoundAgain(t *testing.T) {
	for name, lose := range map[string]func(p storage.Places) error{
		"socket": func(p storage.Places) error { return os.Remove(p.Socket()) },
		"folder": func(p storage.Places) error { return os.RemoveAll(p.Runtime) },
		"lock":   func(p storage.Places) error { return errors.Join(os.Remove(p.Lock()), os.Remove(p.Socket())) },
		"replaced": func(p storage.Places) error {
			return errors.Join(os.Remove(p.Socket()), os.Symlink("/dev/null", p.Socket()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := places(t)
			s := start(t, Config{Kind: account.Headless, Places: p})
			if err := lose(p); err != nil {
				t.Fatal(err)
			}
			s.Close() // it keeps connections
			if name == "lock" {
				waitForLock(t, p)
			}
			c, err := client.Ensure(t.Context(), client.Finder{Places: p})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if who, err := c.Version(t.Context()); err != nil || who.PID != os.Getpid() {
				t.Errorf("%+v, %v", who, err)
			}
			if err := c.Stop(t.Context()); err != nil {
				t.Error(err)
			}
			if <-s.ended; s.err != nil {
				t.Error(s.err)
			}
		})
	}
}

// waitForLock is until the agent holds a lock again that others see.
func waitForLock(t *testing.T, p storage.Places) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if _, held := p.Holder(); held {
			return
		}
		select {
		case <-look.C:
		case <-t.Context().Done():
			t.Fatal("nobody holds the lock")
		}
	}
}

// TestF38OfTwoAgentsThatDidNotSeeEachOtherOneEnds: the lock was removed, and another took it meanwhile.
func TestF38OfTwoAgentsThatDidNotSeeEachOtherOneEnds(t *testing.T) {
	t.Parallel()
	p := places(t)
	first := start(t, Config{Kind: account.Headless, Places: p})
	if err := os.RemoveAll(filepath.Dir(p.Lock())); err != nil {
		t.Fatal(err)
	}
	ended := startHolder(t, p)
	if <-first.ended; fault.CodeOf(first.err) != fault.AlreadyRunning {
		t.Errorf("it ended with %v", first.err)
	}
	select {
	case err := <-ended:
		t.Errorf("the other one ended as well: %v", err)
	default:
	}
	if _, held := p.Holder(); !held {
		t.Error("the other one's lock is free")
	}
}

// TestF38TheHolderIsEndedByItsLock, and the lock is free when that is said.
func TestF38TheHolderIsEndedByItsLock(t *testing.T) {
	t.Parallel()
	p := places(t)
	ended := startHolder(t, p)
	if err := EndHolder(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, held := p.Holder(); held {
		t.Error("the lock is still held")
	}
	if err := <-ended; err == nil {
		t.Error("it ended by itself")
	}
	if err := EndHolder(t.Context(), p); err != nil {
		t.Errorf("nobody is there: %v", err)
	}
}

// TestF38AnotherProcessThanTheHolderIsNotEnded: the id in the note may be another's by now.
func TestF38AnotherProcessThanTheHolderIsNotEnded(t *testing.T) {
	t.Parallel()
	p := places(t)
	ended := startHolder(t, p, holderEnv+"_OTHER=1")
	err := EndHolder(t.Context(), p)
	if said := fault.Of(err); said == nil || said.Reason != fault.AgentNotOurs {
		t.Errorf("got %v", err)
	}
	select {
	case <-ended:
		t.Error("it was ended")
	default:
	}
}
