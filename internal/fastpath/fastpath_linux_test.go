package fastpath

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// listen is an agent that reads a request and answers in pieces.
func listen(t *testing.T, pieces ...string) (path string, asked chan string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "kf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path, asked = filepath.Join(dir, "s"), make(chan string, 1)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		request := make([]byte, 1<<10)
		n, _ := conn.Read(request)
		asked <- string(request[:n])
		for _, piece := range pieces {
			if _, err := io.WriteString(conn, piece); err != nil {
				return
			}
		}
	}()
	return path, asked
}

func TestAskReadsAWholeAnswer(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	for name, pieces := range map[string][]string{
		"at once":   {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"},
		"in pieces": {"HTTP/1.1 200 OK\r\nConte", "nt-Length: 4\r\n\r", "\nab", "cd"},
		"long":      {"HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(long)) + "\r\n\r\n", long},
	} {
		path, asked := listen(t, pieces...)
		c, _ := parse([]string{"token", "acme", "--min-ttl", "1.5s"})
		status, body, ok := ask(path, c.request())
		if !ok || status != "200" || body != "abcd" && body != long {
			t.Errorf("%s: %s %q %v", name, status, body, ok)
		}
		want := "POST /v1/profiles/acme/token HTTP/1.1\r\nHost: keyfob\r\nContent-Type: application/json\r\n" +
			"Content-Length: 13\r\n\r\n{\"min_ttl\":2}"
		if got := <-asked; got != want {
			t.Errorf("asked %q", got)
		}
	}
}

func TestAskLeavesWhatIsNotWhole(t *testing.T) {
	for name, pieces := range map[string][]string{
		"nothing":   nil,
		"half":      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"},
		"no length": {"HTTP/1.1 200 OK\r\n\r\nabcd"},
		"endless":   {"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", strings.Repeat("x", 2<<20)},
	} {
		path, _ := listen(t, pieces...)
		if _, _, ok := ask(path, []byte("x")); ok {
			t.Errorf("%s: taken", name)
		}
	}
	if _, _, ok := ask(filepath.Join(t.TempDir(), "nobody"), []byte("x")); ok {
		t.Error("nobody answered")
	}
}

func TestSocketFollowsXDG(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "/run/x")
	if got := socket(); got != "/run/x/keyfob/agent.sock" {
		t.Error(got)
	}
	for _, none := range []string{"", "relative"} {
		t.Setenv("XDG_RUNTIME_DIR", none)
		if got := socket(); got != "/run/user/"+strconv.Itoa(os.Geteuid())+"/keyfob/agent.sock" {
			t.Error(got)
		}
	}
}

func TestExecutableKnowsTheOrdinaryWays(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"tool": 0o755, "text": 0o644} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, c := range []struct{ path, name, want string }{
		{"/nowhere:" + dir, "tool", dir + "/tool"},
		{dir, "text", ""},
		{dir, "none", ""},
		{":" + dir, "tool", ""}, // the working folder comes first: for the program proper to judge
		{".", "tool", ""},
		{"", "tool", ""},
		{"", dir + "/tool", dir + "/tool"},
		{"", "./tool", "./tool"},
		{"", "./text", ""},
		{filepath.Dir(dir), filepath.Base(dir), ""}, // a folder
	} {
		t.Setenv("PATH", c.path)
		path, ok := command{name: "run", argv: []string{c.name}}.executable()
		if ok != (c.want != "") || ok && path != c.want {
			t.Errorf("%s in %q: %s %v", c.name, c.path, path, ok)
		}
	}
}

// TestReadSaysThatItWaits: once, and the response comes all the same.
func TestReadSaysThatItWaits(t *testing.T) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(pair[0])
	said, stderr, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	usual := os.Stderr
	os.Stderr = stderr
	defer func() { os.Stderr = usual }()
	go func() { // the agent, which answers when it has been said that we wait
		defer syscall.Close(pair[1])
		_, _ = io.ReadFull(said, make([]byte, len(Waiting)))
		_, _ = syscall.Write(pair[1], []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"))
	}()
	patience(pair[0], time.Millisecond)
	_, body, whole := read(pair[0])
	stderr.Close()
	again, _ := io.ReadAll(said)
	if !whole || body != "ab" || len(again) != 0 {
		t.Errorf("%q %v, said again %q", body, whole, again)
	}
}

// TestAnAnswerWithoutEndIsNotWaitedFor: the agent says how long its responses are, and keeps the connection.
func TestAnAnswerWithoutEndIsNotWaitedFor(t *testing.T) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(pair[0])
	defer syscall.Close(pair[1])
	head := "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
	if _, err := syscall.Write(pair[1], []byte(head)); err != nil {
		t.Fatal(err)
	}
	if status, body, whole := read(pair[0]); whole {
		t.Errorf("taken: %s %q", status, body)
	}
}
