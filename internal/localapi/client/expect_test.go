package client

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/process"
	"keyfob/internal/secret"
	"keyfob/storage"
)

// impostorEnv makes the test binary a program that listens at that socket, and prints what the first who comes says.
const impostorEnv = "KEYFOB_TEST_IMPOSTOR"

func impostor(path string) {
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("listening")
	conn, err := l.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	heard, err := io.ReadAll(conn)
	fmt.Printf("heard %q %v\n", heard, err)
}

// notSent returns nil where a secret was not sent for want of the right one to send it to.
func notSent(err error) error {
	if f := fault.Of(err); f == nil || f.Code != fault.AgentFailed || f.Reason != fault.AgentNotExpected {
		return fmt.Errorf("the secret was sent: %w", err)
	}
	return nil
}

// TestA72ASecretIsForTheAgentThatHoldsTheLock, and for no other process that listens in its place.
func TestA72ASecretIsForTheAgentThatHoldsTheLock(t *testing.T) {
	if process.Started(os.Getpid()) == "" {
		t.Skip("this system does not tell when a process started")
	}
	path := socketPath(t)
	l := listen(t, path)
	var got []string
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.Path+" "+string(body))
		w.WriteHeader(http.StatusNoContent)
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	defer func() { server.Close(); <-ended }()

	me := process.Started(os.Getpid())
	c := New(path)
	defer c.Close()
	for what, is := range map[string]struct {
		holder storage.Holder
		held   bool
		sent   bool
	}{
		"the holder":           {storage.Holder{PID: os.Getpid(), Process: me}, true, true},
		"one that did not say": {storage.Holder{}, true, true},
		"another process":      {storage.Holder{PID: os.Getppid()}, true, false},
		"the same id, another": {storage.Holder{PID: os.Getpid(), Process: me + "1"}, true, false},
		"nobody holds it":      {storage.Holder{PID: os.Getpid(), Process: me}, false, false},
	} {
		c.holder = func() (storage.Holder, bool) { return is.holder, is.held }
		got = nil
		err := c.SetSecret(t.Context(), "batch", secret.New("s-canary"), false)
		if !is.sent {
			err = notSent(err)
		}
		if err != nil || (len(got) > 0) != is.sent {
			t.Errorf("%s: %q %v", what, got, err)
		}
	}
}

// TestA72WhoLooksForTheAgentKnowsItsLock, so that its secrets go nowhere else.
func TestA72WhoLooksForTheAgentKnowsItsLock(t *testing.T) {
	places := testPlaces(t)
	r := newAgents(t, places)
	c, err := Ensure(t.Context(), Finder{Places: places, Start: r.start})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.holder == nil {
		t.Fatal("it does not know the lock")
	}
	if holder, held := c.holder(); !held || holder.PID != os.Getpid() {
		t.Errorf("it knows another: %+v %v", holder, held)
	}
}

// TestA72ASecretDoesNotGoIntoAContainer, where the socket's folder can be written to and another socket put into it.
func TestA72ASecretDoesNotGoIntoAContainer(t *testing.T) {
	path := socketPath(t)
	cmd := inAContainer(t)
	cmd.Env = []string{impostorEnv + "=" + path, "GORACE=atexit_sleep_ms=0"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip(runtime.GOOS, " starts none: ", err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	lines := bufio.NewReader(out)
	if said, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(said) != "listening" {
		t.Fatal(said, err)
	}
	c := New(path)
	defer c.Close()
	c.holder = func() (storage.Holder, bool) { return storage.Holder{PID: cmd.Process.Pid}, true }
	if err := notSent(c.SetSecret(t.Context(), "batch", secret.New("s-canary"), false)); err != nil {
		t.Error(err)
	}
	if heard, err := lines.ReadString('\n'); err != nil || strings.TrimSpace(heard) != `heard "" <nil>` {
		t.Errorf("it %s %v", heard, err)
	}
}
