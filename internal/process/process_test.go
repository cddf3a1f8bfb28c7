package process

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"go.uber.org/goleak"
)

// childEnv makes the test binary a process that does nothing until its input ends.
const childEnv = "KEYFOB_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	goleak.VerifyTestMain(m)
}

func child(t *testing.T) (cmd *exec.Cmd, end func()) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	return cmd, func() { in.Close(); _ = cmd.Wait() }
}

func TestF38OnlyTheProcessThatWasMeantIsEnded(t *testing.T) {
	if Started(os.Getpid()) == "" {
		t.Skip("this system does not tell when a process started")
	}
	cmd, _ := child(t)
	pid := cmd.Process.Pid
	started := Started(pid)
	for what, err := range map[string]error{
		"another start": End(pid, started+"1"), "no start": End(pid, ""), "no process": End(0, ""),
	} {
		if !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !Alive(pid) || Started(pid) != started {
		t.Fatal("it was ended all the same")
	}
	if err := End(pid, started); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || runtime.GOOS != "windows" && exit.ExitCode() != -1 {
		t.Errorf("it ended with %v", err)
	}
	if err := End(pid, started); !errors.Is(err, ErrOther) {
		t.Errorf("one that has ended: %v", err)
	}
}

// TestA70WhoIsHeldIsNoOther: it lives until it has ended, whoever has its id then.
func TestA70WhoIsHeldIsNoOther(t *testing.T) {
	cmd, end := child(t)
	held, err := Hold(cmd.Process.Pid)
	if errors.Is(err, ErrOther) && Started(os.Getpid()) == "" {
		t.Skip("this system does not tell")
	}
	if err != nil {
		t.Fatal(err)
	}
	if held.PID() != cmd.Process.Pid || !held.Lives() || !Here(held.PID()) {
		t.Error("it lives here")
	}
	end()
	if held.Lives() {
		t.Error("it has ended")
	}
	held.Release()
	held.Release()
	me, err := Hold(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	me.Release()
	if me.Lives() {
		t.Error("nobody holds it any more")
	}
	for _, pid := range []int{0, -1} {
		if _, err := Hold(pid); !errors.Is(err, ErrOther) {
			t.Errorf("process %d: %v", pid, err)
		}
	}
}

func TestAliveUntilItEnds(t *testing.T) {
	cmd, end := child(t)
	if !Alive(cmd.Process.Pid) || !Alive(0) {
		t.Error("it lives")
	}
	end()
	if Alive(cmd.Process.Pid) {
		t.Error("it has ended")
	}
}
