package localapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/peer"
	"keyfob/internal/localapi/wire"
)

// The environment that makes the test binary a program of the same user that means ill: at the socket of intruderEnv it
// does what intruderDeed says, then says so, and stays until its standard input ends.
const (
	intruderEnv  = "KEYFOB_TEST_INTRUDER"
	intruderDeed = "KEYFOB_TEST_DEED"
)

func intruder(path string) {
	const half = "POST /v1/profiles/rhythm/token\r\nContent-Length: 100\r\n\r\n{"
	switch os.Getenv(intruderDeed) {
	case "watch":
		crowd(path, maxStreams, "GET /v1/watch?client=window\r\n\r\n", "event: snapshot")
	case "halves":
		crowd(path, 6*maxConns, half, "")
	case "wait":
		crowd(path, maxConns, "POST /v1/profiles/rhythm/token\r\n\r\n", "")
	case "claim":
		c := newAsker(path)
		for range 3 {
			raised, err := c.Window(context.Background())
			fmt.Print(raised, err, " ")
		}
		c.Close()
	}
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// crowd asks that many times at once, and waits until each answer has begun as it should.
func crowd(path string, size int, request, begins string) {
	for range size {
		conn, err := net.Dial("unix", path)
		if err != nil {
			fmt.Print(err)
			return
		}
		_, _ = io.WriteString(conn, strings.Replace(request, "\r\n", " HTTP/1.1\r\nHost: keyfob\r\n", 1))
		if begins == "" {
			continue
		}
		seen := make([]byte, 0, 1<<10)
		for !bytes.Contains(seen, []byte(begins)) {
			n, err := conn.Read(seen[len(seen):cap(seen)])
			if seen = seen[:len(seen)+n]; err != nil {
				fmt.Print(err)
				return
			}
		}
	}
}

// intrude has another program than ours do something, and returns what it says of it. It goes on until the test ends.
func intrude(t *testing.T, path, deed string) (said string) {
	t.Helper()
	onLinux(t)
	cmd := exec.CommandContext(t.Context(), copied(t, "intruder"))
	cmd.Env = []string{intruderEnv + "=" + path, intruderDeed + "=" + deed, "GORACE=atexit_sleep_ms=0"}
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
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	for buf := make([]byte, 100); !strings.HasSuffix(said, "done\n"); {
		n, err := out.Read(buf)
		if said += string(buf[:n]); err != nil {
			t.Fatalf("%s, after %q", err, said)
		}
	}
	return said
}

// copied is the test binary by another name, and so another program.
func copied(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(executable(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantWindow(t *testing.T, c *asker, want bool) {
	t.Helper()
	if raised, err := c.Window(t.Context()); err != nil || raised != want {
		t.Errorf("a window is there: %v (%v), want %v", raised, err, want)
	}
}

// TestA53NobodyKeepsThePersonOut: not by watching, not by saying that it is the window, not by asking for more tokens
// than there are places, and not with half a call on more connections than there are places. The person's window opens
// all the same, and what they say counts.
func TestA53NobodyKeepsThePersonOut(t *testing.T) {
	for _, deed := range []string{"watch", "claim", "wait", "halves"} {
		t.Run(deed, func(t *testing.T) {
			c, w, _ := guarded(t)
			said := intrude(t, c.path, deed)
			if deed == "claim" && said != strings.Repeat("false <nil> ", 3)+"done\n" {
				t.Errorf("it was told %q", said)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			wantWindow(t, c, false) // it is ours to open
			snapshots, err := c.Watch(ctx, wire.ClientWindow)
			if err != nil {
				t.Fatal(err)
			}
			<-snapshots
			wantWindow(t, c, true)
			if err := c.Answer(ctx, "1", account.Refused); err != nil {
				t.Error(err)
			}
			if err := c.SetPolicy(ctx, "rhythm", account.Policy{}); err != nil || w.Policy("rhythm").AskFirst {
				t.Errorf("the person's word does not count: %v", err)
			}
		})
	}
}

// TestA53WhoIsNoWindowRaisesItSeldom: a window that jumps forward all the time is one where nobody answers anything.
func TestA53WhoIsNoWindowRaisesItSeldom(t *testing.T) {
	w := newWindow()
	w.attach(1)
	now := time.Now()
	raised := 0
	for at := range 100 {
		there, raise := w.ask(now.Add(time.Duration(at)*betweenRaises/10), 2, false)
		if !there {
			t.Error("there is a window")
		}
		if raise {
			raised++
		}
	}
	if raised != 10 {
		t.Errorf("raised %d times in 10 seconds", raised)
	}
	if _, raise := w.ask(now.Add(10*betweenRaises-1), 3, true); !raise {
		t.Error("a person's double-click raised nothing")
	}
}

// TestA53OthersRaiseNothingByAsking, however often they ask; and nobody passes for another process.
func TestA53OthersRaiseNothingByAsking(t *testing.T) {
	k := newFakeKeeper()
	s := newServer(t, Options{Keeper: k})
	c, stop := serveServer(t, socketPath(t), s)
	t.Cleanup(stop)
	for pid := range 3 { // one process, whatever it says
		body := fmt.Appendf(nil, `{"pid":%d}`, pid+1)
		answer, err := c.ask(t.Context(), "POST", "/v1/window", body)
		if err != nil || !bytes.Contains(answer, []byte("false")) {
			t.Errorf("%s %v", answer, err)
		}
	}
	s.window.programs = nil // from here on we are some program
	s.window.attach(1)
	began := time.Now()
	for range 100 {
		wantWindow(t, c, true)
	}
	if raised := time.Duration(len(k.asked())); raised > 1+time.Since(began)/betweenRaises {
		t.Errorf("raised %d times in %s", raised, time.Since(began))
	}
}

// TestA53AskFirstOutlivesItsAccount: to remove an account and import it again does not switch it off, except in the
// window.
func TestA53AskFirstOutlivesItsAccount(t *testing.T) {
	c, w, _ := guarded(t)
	if _, err := c.Remove(t.Context(), "rhythm"); err != nil {
		t.Fatal(err)
	}
	if !w.Policy("rhythm").AskFirst {
		t.Error("it was switched off by a program")
	}
	openWindow(t, c)
	if _, err := c.Remove(t.Context(), "rhythm"); err != nil {
		t.Fatal(err)
	}
	if w.Policy("rhythm").AskFirst {
		t.Error("a person has removed the account, and something of it stays")
	}
}

// TestA53AnAccountThatAsksFirstStaysWhatItIs: another profile in its place would have its tokens sent elsewhere as soon
// as a person says yes. To remove it first changes nothing.
func TestA53AnAccountThatAsksFirstStaysWhatItIs(t *testing.T) {
	k, w, g := newFakeKeeper(), newAccess(t, nil), &fakeGateways{}
	c := serve(t, Options{Keeper: k, Access: w, Gateways: g})
	if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
		t.Fatal(err)
	}
	elsewhere := []byte(strings.Replace(profileFile, "}", `, "api": {"base_urls": ["https://evil.example/"]}}`, 1))
	another := []byte(strings.Replace(profileFile, "rhythm", "tempo", 1))
	refused := func(err error) {
		t.Helper()
		f := fault.Of(err)
		if f == nil || f.Reason != fault.WhyWindowOnly || slices.ContainsFunc(k.asked(), imports) {
			t.Errorf("a program has put another profile in its place: %v", err)
		}
	}
	for _, replace := range []bool{true, false} {
		refused(c.Import(t.Context(), elsewhere, replace))
	}
	if _, err := c.Remove(t.Context(), "rhythm"); err != nil {
		t.Fatal(err)
	}
	refused(c.Import(t.Context(), elsewhere, false))
	if err := c.Import(t.Context(), another, false); err != nil {
		t.Errorf("an account of another name: %v", err)
	}
	openWindow(t, c)
	if err := c.Import(t.Context(), elsewhere, true); err != nil || !slices.ContainsFunc(k.asked(), imports) {
		t.Errorf("the window may not: %v", err)
	}
}

func imports(call string) bool { return strings.HasPrefix(call, "import rhythm") }

// TestARemovedAccountLeavesNoPolicy where it did not ask first.
func TestARemovedAccountLeavesNoPolicy(t *testing.T) {
	c, w, _ := guarded(t)
	if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{Always: []string{"/usr/bin/curl"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Remove(t.Context(), "rhythm"); err != nil {
		t.Fatal(err)
	}
	if left := w.Policy("rhythm").Always; len(left) > 0 {
		t.Errorf("%q may still have tokens", left)
	}
}

// TestA53WhoCannotBeToldIsNoWindow: a caller without a process id is in a container around ours, or on a system that
// tells nothing.
func TestA53WhoCannotBeToldIsNoWindow(t *testing.T) {
	s := newServer(t, Options{Keeper: newFakeKeeper()})
	s.window.attach(0)
	g := &conn{caller: peer.Process{UID: os.Getuid()}}
	if s.fromWindow(withConn(t.Context(), g)) || s.fromWindow(t.Context()) {
		t.Error("nobody in particular counts as the window")
	}
}

// TestWindowIsKnownByItsFile: by whatever path it was called.
func TestWindowIsKnownByItsFile(t *testing.T) {
	w := newWindow()
	w.programs = []string{executable(t), "/gone/keyfob-desktop"}
	link := filepath.Join(t.TempDir(), "keyfob-desktop")
	if err := os.Symlink(executable(t), link); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]bool{
		executable(t): true, link: true, "/gone/keyfob-desktop": true, "": false, "/gone": false, os.TempDir(): false,
	} {
		if w.knows(path) != want {
			t.Errorf("%q: %v", path, !want)
		}
	}
}

// TestTheWindowSavesALongPolicy: a hundred programs that are not asked about are more than an ordinary body holds.
func TestTheWindowSavesALongPolicy(t *testing.T) {
	c, w, _ := guarded(t)
	openWindow(t, c)
	p := account.Policy{AskFirst: true}
	for i := range 100 {
		p.Always = append(p.Always, "/opt/"+strings.Repeat("x", 200)+fmt.Sprint(i))
	}
	if err := c.SetPolicy(t.Context(), "rhythm", p); err != nil || !slices.Equal(w.Policy("rhythm").Always, p.Always) {
		t.Error(err)
	}
	p.Always = []string{strings.Repeat("x", policyBytes)}
	wantCode(t, c.SetPolicy(t.Context(), "rhythm", p), fault.BadUsage)
}

// onLinux skips where this machine does not show what the test is about.
func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs a system that tells the executable of a caller")
	}
}
