package localapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"keyfob/internal/account"
	"keyfob/internal/localapi/wire"
)

// The environment that makes the test binary a program with nothing but the socket at that path. It has another process
// connect to it, which passes the connection on and ends. Then it asks on that connection whatever it is told to.
const (
	burnerEnv    = "KEYFOB_TEST_BURNER"
	connectorEnv = "KEYFOB_TEST_CONNECTOR"
	insideEnv    = "KEYFOB_TEST_INSIDE"
	windowEnv    = "KEYFOB_TEST_WINDOW"
	worldEnv     = "KEYFOB_TEST_WORLD"
)

func init() {
	roles[burnerEnv], roles[connectorEnv] = burner, connector
	roles[insideEnv], roles[windowEnv] = inside, attachedWindow
}

// whoPath is where a connector says which process it is, for the test to see.
func whoPath(path string) string { return path + ".who" }

// connector connects, passes the connection to the process that started it, and ends when that has told it to.
func connector(path string) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		fmt.Println(err)
		return
	}
	if who, err := net.Dial("unix", whoPath(path)); err == nil {
		defer who.Close()
	}
	raw, _ := conn.(*net.UnixConn).SyscallConn()
	_ = raw.Control(func(fd uintptr) { err = unix.Sendmsg(3, []byte("x"), unix.UnixRights(int(fd)), nil, 0) })
	if err != nil {
		fmt.Println(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// burner prints "connected" when the process that made its connection has ended. Then each line of its input is the
// method, path and body of a request, and each line of its output the status of an answer and what it says.
func burner(path string) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	self, _ := os.Executable()
	cmd := exec.Command(self)
	cmd.Env = []string{connectorEnv + "=" + path, "GORACE=atexit_sleep_ms=0"}
	cmd.ExtraFiles = []*os.File{os.NewFile(uintptr(ends[1]), "end")}
	cmd.Stdout = os.Stdout
	in, _ := cmd.StdinPipe()
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
		return
	}
	oob := make([]byte, 64)
	_, n, _, _, err := unix.Recvmsg(ends[0], make([]byte, 1), oob, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	in.Close()
	_ = cmd.Wait()
	messages, _ := unix.ParseSocketControlMessage(oob[:n])
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	conn, err := net.FileConn(os.NewFile(uintptr(fds[0]), "connection"))
	if err != nil {
		fmt.Println(err)
		return
	}
	askLines(conn)
}

// inside connects itself, and asks as a burner does.
func inside(path string) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		fmt.Println(err)
		return
	}
	askLines(conn)
}

func askLines(conn net.Conn) {
	fmt.Println("connected")
	answers := bufio.NewReader(conn)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		asked := strings.SplitN(lines.Text(), " ", 3)
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: keyfob\r\nContent-Length: %d\r\n\r\n%s",
			asked[0], asked[1], len(asked[2]), asked[2])
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		body, _ := io.ReadAll(res.Body)
		fmt.Println(res.StatusCode, strings.TrimSpace(string(body)))
	}
}

// attachedWindow is a window of ours until its input ends.
func attachedWindow(path string) {
	snapshots, err := newAsker(path).Watch(context.Background(), wire.ClientWindow)
	if err != nil {
		fmt.Println(err)
		return
	}
	<-snapshots
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// inAWorld runs the rest of the test in a pid namespace of its own, in which it may say which pid is given next. It
// returns false outside, where the test is over.
func inAWorld(t *testing.T) bool {
	t.Helper()
	if os.Getenv(worldEnv) != "" {
		proc := func() error { return unix.Mount("proc", "/proc", "proc", 0, "") }
		for _, err := range []error{unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), proc()} {
			if err != nil {
				t.Skip(err)
			}
		}
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), worldEnv+"=1")
	cmd.SysProcAttr = apart(syscall.CLONE_NEWNS | syscall.CLONE_NEWPID)
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "--- FAIL") || err != nil && len(out) > 0:
		t.Errorf("%v\n%s", err, out)
	case err != nil || strings.Contains(string(out), "--- SKIP"):
		t.Skipf("this machine allows no such namespace: %v %s", err, out)
	}
	return false
}

// apart makes a process of our user in other namespaces.
func apart(namespaces uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | namespaces,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
}

// talker is a process that is told what to do line by line.
type talker struct {
	t   *testing.T
	pid int
	in  io.WriteCloser
	out *bufio.Reader
	end func()
}

func talk(t *testing.T, cmd *exec.Cmd) *talker {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	p := &talker{t: t, pid: cmd.Process.Pid, in: in, out: bufio.NewReader(out)}
	p.end = func() { in.Close(); _ = cmd.Wait() }
	t.Cleanup(p.end)
	return p
}

func (p *talker) hear() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("it ended: %q %v", line, err)
	}
	return strings.TrimSpace(line)
}

func (p *talker) say(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
}

func (p *talker) ask(line string) string {
	p.t.Helper()
	p.say(line)
	return p.hear()
}

// burn starts a program with nothing but the socket, in a container or not, and returns it with the pid of the process
// that made its connection, which has ended.
func burn(t *testing.T, burner, path string, container bool) (b *talker, pid int) {
	t.Helper()
	who, err := net.Listen("unix", whoPath(path))
	if err != nil {
		t.Fatal(err)
	}
	defer who.Close()
	cmd := exec.CommandContext(t.Context(), burner)
	cmd.Env = []string{burnerEnv + "=" + path, "GORACE=atexit_sleep_ms=0"}
	if container {
		cmd.SysProcAttr = apart(syscall.CLONE_NEWNS | syscall.CLONE_NEWPID)
	}
	b = talk(t, cmd)
	conn, err := who.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, _ := conn.(*net.UnixConn).SyscallConn()
	_ = raw.Control(func(fd uintptr) {
		cred, _ := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		pid = int(cred.Pid)
	})
	if said := b.hear(); said != "connected" || pid == 0 {
		t.Fatalf("process %d: %s", pid, said)
	}
	return b, pid
}

// given starts the program as the process of that id, as it happens to whoever starts next when all others are used up.
func given(t *testing.T, pid int, program, env string) *talker {
	t.Helper()
	for range 200 {
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0); err != nil {
			t.Skip(err)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", `read go && exec "$0"`, program)
		cmd.Env = []string{env, "GORACE=atexit_sleep_ms=0"}
		if p := talk(t, cmd); p.pid == pid {
			p.say("go")
			return p
		} else {
			p.end()
		}
	}
	t.Skipf("process id %d was not given again", pid)
	return nil
}

// TestA70ABurntPidIsNobody: a process that ends when it has connected, and whose id is then given to a program that a
// person has let in. Whoever holds the connection has not become that program.
func TestA70ABurntPidIsNobody(t *testing.T) {
	if !inAWorld(t) {
		return
	}
	for where, container := range map[string]bool{"here": false, "in a container": true} {
		t.Run(where, func(t *testing.T) {
			w := newAccess(t, nil)
			c := serve(t, Options{Keeper: newFakeKeeper(), Access: w})
			approved := copyOf(t, "cat", filepath.Join(t.TempDir(), "approved"))
			p := account.Policy{AskFirst: true, Always: []string{approved}}
			if err := w.SetPolicy(t.Context(), "rhythm", p); err != nil {
				t.Fatal(err)
			}
			b, pid := burn(t, copied(t, "burner"), c.path, container)
			if said := given(t, pid, approved, "").ask("it runs"); said != "it runs" {
				t.Fatal(said)
			}
			if said := b.ask("POST /v1/profiles/rhythm/token {}"); !strings.HasPrefix(said, "403 ") {
				t.Errorf("it passed for the approved program: %s", said)
			}
		})
	}
}

// TestA70WhoOutlivesTheCallerIsNobody: a program that was let in has connected and ended, and somebody else has what it
// left.
func TestA70WhoOutlivesTheCallerIsNobody(t *testing.T) {
	w := newAccess(t, nil)
	c := serve(t, Options{Keeper: newFakeKeeper(), Access: w})
	approved := copied(t, "approved")
	if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true, Always: []string{approved}}); err != nil {
		t.Fatal(err)
	}
	b, _ := burn(t, approved, c.path, false)
	if said := b.ask("POST /v1/profiles/rhythm/token {}"); !strings.HasPrefix(said, "403 ") {
		t.Errorf("it passes for the one that has ended: %s", said)
	}
	alive := inNamespacesOf(t, approved, 0, c.path)
	if said := alive.ask("POST /v1/profiles/rhythm/token {}"); !strings.HasPrefix(said, "200 ") {
		t.Errorf("and while it lives: %s", said)
	}
}

// TestA70ABurntPidIsNoWindow: the same, where the id is given to Keyfob's own window, in which a person answers.
func TestA70ABurntPidIsNoWindow(t *testing.T) {
	if !inAWorld(t) {
		return
	}
	for where, container := range map[string]bool{"here": false, "in a container": true} {
		t.Run(where, func(t *testing.T) {
			k, asked := newFakeKeeper(), make(chan struct{})
			var times atomic.Int32
			w := newAccess(t, func() error {
				if times.Add(1) > 1 { // the person goes when the first is answered
					return errors.New("nobody is there")
				}
				close(asked)
				return nil
			})
			s := newServer(t, Options{Keeper: k, Access: w})
			ours := copied(t, "keyfob-desktop")
			s.window.programs = []string{ours}
			c, stop := serveServer(t, socketPath(t), s)
			t.Cleanup(stop)
			if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
				t.Fatal(err)
			}
			b, pid := burn(t, copied(t, "burner"), c.path, container)
			window := given(t, pid, ours, windowEnv+"="+c.path)
			if said := window.hear(); said != "open" {
				t.Fatal(said)
			}
			token := make(chan error, 1)
			go func() { _, err := c.Token(t.Context(), "rhythm", 0); token <- err }()
			<-asked
			if said := b.ask(`POST /v1/requests/1 {"answer":"once"}`); !strings.HasPrefix(said, "403 ") {
				t.Errorf("it answered in the person's place: %s", said)
			}
			if said := b.ask("PUT /v1/profiles/rhythm/access {}"); !strings.HasPrefix(said, "403 ") {
				t.Errorf("it let everybody in: %s", said)
			}
			if err := w.Answer(t.Context(), "1", account.Refused); err != nil {
				t.Fatal(err)
			}
			<-token
			if said := b.ask("POST /v1/profiles/rhythm/token {}"); !strings.HasPrefix(said, "403 ") {
				t.Errorf("it passed for the window: %s", said)
			}
		})
	}
}

// inNamespaces is a program that has our socket and lives in other namespaces; 0 is one that lives in ours.
func inNamespaces(t *testing.T, namespaces uintptr, path string) *talker {
	t.Helper()
	return inNamespacesOf(t, executable(t), namespaces, path)
}

func inNamespacesOf(t *testing.T, program string, namespaces uintptr, path string) *talker {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = []string{insideEnv + "=" + path, "GORACE=atexit_sleep_ms=0"}
	if namespaces != 0 {
		cmd.SysProcAttr = apart(namespaces)
	}
	p := talk(t, cmd)
	if said := p.hear(); said != "connected" {
		t.Fatal(said)
	}
	return p
}

// isStranger tells whether an answer says that no stranger may do that.
func isStranger(answer string) bool {
	return strings.HasPrefix(answer, "403 ") && strings.Contains(answer, `"stranger"`)
}

var elsewhere = map[string]uintptr{
	"other mounts": syscall.CLONE_NEWNS, "other pids": syscall.CLONE_NEWPID,
	"a container": syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
}

// TestA71AStrangerIsAskedAbout, also where the account does not ask first; and each time anew.
func TestA71AStrangerIsAskedAbout(t *testing.T) {
	for where, namespaces := range elsewhere {
		t.Run(where, func(t *testing.T) {
			k, asked := newFakeKeeper(), make(chan struct{}, 1)
			w := newAccess(t, func() error { asked <- struct{}{}; return nil })
			c := serve(t, Options{Keeper: k, Access: w})
			p := inNamespaces(t, namespaces, c.path)
			for i, answer := range []account.Answer{account.Always, account.Refused} {
				p.say("POST /v1/profiles/rhythm/token {}")
				<-asked
				if err := w.Answer(t.Context(), strconv.Itoa(i+1), answer); err != nil {
					t.Fatal(err)
				}
				want := "200 "
				if answer == account.Refused {
					want = "403 "
				}
				if said := p.hear(); !strings.HasPrefix(said, want) {
					t.Errorf("after %s it got %s", answer, said)
				}
			}
			if always := w.Policy("rhythm").Always; len(always) > 0 {
				t.Errorf("%q are let in from now on", always)
			}
			if line := w.Ledger("rhythm")[0]; !line.Program.Stranger || line.Program.Path != "" {
				t.Errorf("the ledger says %+v", line)
			}
			if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
				t.Errorf("and here: %v", err)
			}
		})
	}
}

// TestA71AStrangerChangesNothing: it adds no account, sets no secret, says not who may ask, and does nothing else that
// reaches out of its container.
func TestA71AStrangerChangesNothing(t *testing.T) {
	for where, namespaces := range elsewhere {
		t.Run(where, func(t *testing.T) {
			k, g := newFakeKeeper(), &fakeGateways{}
			s := newServer(t, Options{Keeper: k, Gateways: g, Stop: func() { k.note("stop") }})
			c, stop := serveServer(t, socketPath(t), s)
			t.Cleanup(stop)
			p := inNamespaces(t, namespaces, c.path)
			bodies := map[string]string{
				"POST /v1/profiles": profileFile, "POST /v1/profiles/{id}/secret": `{"secret":"s"}`,
				"PUT /v1/profiles/{id}/access": `{"ask_first":true}`,
			}
			for _, r := range s.routes() {
				pattern := r.method + " " + r.path
				if slices.Contains(strangersMay, pattern) {
					continue
				}
				path := strings.NewReplacer("{id}", "rhythm", "{request}", "1").Replace(r.path)
				if said := p.ask(r.method + " " + path + " " + bodies[pattern]); !isStranger(said) {
					t.Errorf("%s: %s", pattern, said)
				}
			}
			if calls := k.asked(); len(calls) > 0 || g.isOpen("rhythm") || s.Access.Policy("rhythm").AskFirst {
				t.Errorf("something was done: %q", calls)
			}
			if said := p.ask("GET /v1/status "); !strings.HasPrefix(said, "200 ") {
				t.Errorf("it may look: %s", said)
			}
			ours := inNamespaces(t, 0, c.path)
			if said := ours.ask("POST /v1/profiles " + profileFile); !strings.HasPrefix(said, "204") {
				t.Errorf("and here: %s", said)
			}
		})
	}
}

// TestA71AStrangerIsNoWindow, by whatever it says: a person's double-click opens one all the same.
func TestA71AStrangerIsNoWindow(t *testing.T) {
	s := newServer(t, Options{Keeper: newFakeKeeper()})
	c, stop := serveServer(t, socketPath(t), s)
	t.Cleanup(stop)
	cmd := exec.CommandContext(t.Context(), executable(t))
	cmd.Env = []string{windowEnv + "=" + c.path, "GORACE=atexit_sleep_ms=0"}
	cmd.SysProcAttr = apart(elsewhere["a container"])
	if said := talk(t, cmd).hear(); said != "open" {
		t.Fatal(said)
	}
	wantWindow(t, c, false)
}
