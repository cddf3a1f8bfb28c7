//go:build unix

package localapi

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"keyfob/internal/fault"
	"keyfob/storage"
)

func TestListenMakesAPrivateSocket(t *testing.T) {
	path := socketPath(t)
	old := syscall.Umask(0)
	l := listen(t, path)
	syscall.Umask(old)
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	l.Close()
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is still there after Close")
	}
}

// stranger is what the child in the next test does, as another user.
func stranger(path string) {
	_, err := newAsker(path).Status(context.Background())
	fmt.Println("client:", fault.CodeOf(err))

	// A caller that does not look who serves is turned away by the server.
	conn, err := net.Dial("unix", path)
	if err != nil {
		fmt.Println("raw:", err)
		return
	}
	_, _ = io.WriteString(conn, "GET /v1/status HTTP/1.1\r\nHost: keyfob\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	fmt.Printf("raw: %q\n", answer)
}

func TestA46AnotherUserIsRefusedEvenWhereTheSocketIsOpen(t *testing.T) {
	if os.Getuid() != 0 || runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("needs root, to become another user, and a kernel that tells who calls")
	}
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k})
	for path, mode := range map[string]fs.FileMode{filepath.Dir(c.path): 0o755, c.path: 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	child := exec.CommandContext(t.Context(), publicCopy(t))
	child.Env = []string{strangerEnv + "=" + c.path}
	child.Dir = "/"
	child.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	said, err := child.Output()
	if want := "client: other-user\nraw: \"\"\n"; err != nil || string(said) != want {
		t.Errorf("the stranger said %q (%v), want %q", said, err, want)
	}
	if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
		t.Errorf("our own user: %v", err)
	}
	if asked := k.asked(); len(asked) != 1 {
		t.Errorf("the keeper was asked %q", asked)
	}
}

// publicCopy puts the test binary where another user may run it.
func publicCopy(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(socketPath(t))
	path := filepath.Join(dir, "stranger")
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{dir, path} {
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestA47FoldersThatAreNotOursAlone(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string){
		"open to others": func(t *testing.T, dir string) { chmod(t, dir, 0o750) },
		"searchable":     func(t *testing.T, dir string) { chmod(t, dir, 0o701) },
		"missing":        func(t *testing.T, dir string) { remove(t, dir) },
		"a file":         func(t *testing.T, dir string) { remove(t, dir); writeFile(t, dir) },
		"a link": func(t *testing.T, dir string) {
			remove(t, dir)
			if err := os.Symlink(filepath.Dir(socketPath(t)), dir); err != nil {
				t.Fatal(err)
			}
		},
		"another's": func(t *testing.T, dir string) {
			if os.Getuid() != 0 {
				t.Skip("needs root")
			}
			if err := os.Chown(dir, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := socketPath(t)
			spoil(t, filepath.Dir(path))
			l, err := Listen(path)
			if err == nil {
				l.Close()
			}
			wantCode(t, err, fault.SocketUnsafe)
			if said := fault.Of(err); said.Args["path"] == "" || said.Reason == "" {
				t.Errorf("it does not say what is wrong: %+v", said)
			}
		})
	}
}

func TestA48WhatIsPlantedAtTheSocketsPlaceStays(t *testing.T) {
	for name, plant := range map[string]func(t *testing.T, path string){
		"a file":   writeFile,
		"a folder": func(t *testing.T, path string) { mkdir(t, path) },
		"a link to a file": func(t *testing.T, path string) {
			target := path + ".target"
			writeFile(t, target)
			symlink(t, target, path)
		},
		"a link to nothing": func(t *testing.T, path string) { symlink(t, path+".nothing", path) },
		"a link to a socket": func(t *testing.T, path string) {
			other := socketPath(t)
			l := listen(t, other)
			t.Cleanup(func() { l.Close() })
			symlink(t, other, path)
		},
		"a pipe": func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := socketPath(t)
			plant(t, path)
			before, _ := os.Lstat(path)
			l, err := Listen(path)
			if err == nil {
				l.Close()
			}
			wantCode(t, err, fault.SocketUnsafe)
			after, err := os.Lstat(path)
			if err != nil || !os.SameFile(before, after) || before.Mode() != after.Mode() {
				t.Errorf("it was %v, is now %v (%v)", before, after, err)
			}
			if _, err := os.Lstat(path + ".nothing"); err == nil {
				t.Error("the link was followed")
			}
		})
	}
}

func TestA49AStaleSocketIsReplacedALiveOneNever(t *testing.T) {
	path := socketPath(t)
	leaveSocket(t, path)
	if _, err := os.Lstat(path); err != nil {
		t.Fatal("there is no stale socket to test with")
	}
	live := listen(t, path)
	defer live.Close()

	if _, err := Listen(path); fault.CodeOf(err) != fault.AlreadyRunning {
		t.Errorf("over a live socket: %v", err)
	}
	conn := connect(t, path)
	if c, err := live.Accept(); err != nil {
		t.Errorf("the live socket was harmed: %v", err)
	} else {
		c.Close()
	}
	conn.Close()
}

func TestA49OfRacingStartsOneWins(t *testing.T) {
	path := socketPath(t)
	leaveSocket(t, path)

	lockPath := filepath.Join(filepath.Dir(path), "lock")
	var mu sync.Mutex
	var winners []net.Listener
	var locks []*storage.Lock
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			lock, err := storage.Acquire(lockPath, storage.Holder{PID: os.Getpid(), Socket: path})
			if err != nil {
				return
			}
			l, err := Listen(path)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			winners, locks = append(winners, l), append(locks, lock)
		})
	}
	all.Wait()
	if len(winners) != 1 {
		t.Fatalf("%d listen, want one", len(winners))
	}
	connect(t, path).Close()
	winners[0].Close()
	if err := locks[0].Release(); err != nil {
		t.Error(err)
	}
}

func TestA51ALongPathIsNamed(t *testing.T) {
	const maxPath = 103
	dir := filepath.Dir(socketPath(t))
	path := filepath.Join(dir, strings.Repeat("x", maxPath-len(dir)))
	_, err := Listen(path)
	wantCode(t, err, fault.SocketTooLong)
	if said := fault.Of(err); said.Args["limit"] != "103" {
		t.Errorf("%+v does not say how long it may be", said)
	}
	listen(t, path[:maxPath]).Close()
}

func TestNobodyThere(t *testing.T) {
	path := socketPath(t)
	_, err := newAsker(path).Status(t.Context())
	wantCode(t, err, fault.NoAgent)

	leaveSocket(t, path)
	_, err = newAsker(path).Token(t.Context(), "rhythm", 0)
	wantCode(t, err, fault.NoAgent)
}

// leaveSocket is an agent that died: its socket stays.
func leaveSocket(t *testing.T, path string) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
}

func chmod(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
