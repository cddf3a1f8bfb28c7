package peer

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"keyfob/internal/process"
)

// callerEnv makes the test binary a process that connects to that socket and stays until its input ends.
const callerEnv = "KEYFOB_TEST_CALLER"

func TestMain(m *testing.M) {
	if path := os.Getenv(callerEnv); path != "" {
		if conn, err := net.Dial("unix", path); err == nil {
			defer conn.Close()
		}
		_, _ = io.Copy(io.Discard, os.Stdin)
		return
	}
	goleak.VerifyTestMain(m)
}

// connected is a connection that another process has made, and how to end that one.
func connected(t *testing.T) (conn *net.UnixConn, pid int, end func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = []string{callerEnv + "=" + path, "GORACE=atexit_sleep_ms=0"}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() { in.Close(); _ = cmd.Wait() }
	t.Cleanup(end)
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { accepted.Close() })
	return accepted.(*net.UnixConn), cmd.Process.Pid, end
}

func of(t *testing.T, conn *net.UnixConn) Process {
	t.Helper()
	who, err := Of(conn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(who.Release)
	return who
}

// TestA70WhoHasEndedIsNobody: whether that was before anybody asked, or after.
func TestA70WhoHasEndedIsNobody(t *testing.T) {
	conn, pid, end := connected(t)
	who := of(t, conn)
	if who.PID != pid || who.Stranger || !who.Lives() {
		t.Errorf("while it lives: %+v", who)
	}
	end()
	if who.Lives() {
		t.Error("it has ended, and is said to live")
	}
	if late := of(t, conn); late.PID != 0 || !late.Stranger || late.Lives() {
		t.Errorf("asked afterwards: %+v", late)
	}
}

// TestA70WithoutAHandleTheOtherEndTells, as before Linux 6.5: a process that has not the other end open is not the one
// that connected, whatever its id.
func TestA70WithoutAHandleTheOtherEndTells(t *testing.T) {
	conn, pid, end := connected(t)
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	held, err := holdByEnd(raw, pid)
	if err != nil {
		t.Skip("this kernel does not tell: ", err)
	}
	defer held.Release()
	if held.PID() != pid || !held.Lives() {
		t.Errorf("it holds process %d, not %d", held.PID(), pid)
	}
	if other, err := holdByEnd(raw, os.Getppid()); err == nil {
		other.Release()
		t.Error("another process passes for the one that connected")
	}
	end()
	if held.Lives() {
		t.Error("it has ended, and is said to live")
	}
	if late, err := holdByEnd(raw, pid); err == nil {
		late.Release()
		t.Error("one that has ended is held")
	}
}

// TestA70WhoIsOutsideIsNobody: the kernel gives no id for a process that our namespace does not have.
func TestA70WhoIsOutsideIsNobody(t *testing.T) {
	conn, _, _ := connected(t)
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{0, -1} {
		if held, err := hold(raw, pid); err == nil {
			held.Release()
			t.Errorf("process %d is held", pid)
		}
	}
	if _, err := process.Hold(0); err == nil {
		t.Error("nobody is held")
	}
}
