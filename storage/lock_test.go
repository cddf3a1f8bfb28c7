package storage

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"keyfob/internal/fault"
)

// lockHolder is another process that holds the lock.
type lockHolder struct {
	*exec.Cmd
	input io.Closer
}

func startHolder(t *testing.T, path string) lockHolder {
	t.Helper()
	cmd := exec.Command(os.Args[0], "hold-lock", path)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return lockHolder{cmd, input}
}

func TestLockTellsWhoHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := startHolder(t, path)

	_, err := Acquire(path, Holder{PID: os.Getpid()})
	var held *Held
	if !errors.As(err, &held) || held.Holder.PID != other.Process.Pid || held.Holder.Version != "9" {
		t.Fatalf("got %v", err)
	}
	wantFault(t, err, fault.AlreadyRunning)
	if !strings.Contains(err.Error(), strconv.Itoa(other.Process.Pid)) {
		t.Errorf("got %v", err)
	}
	if fault.Of(err).Args["kind"] != "test" {
		t.Errorf("got %v", fault.Of(err).Args)
	}
	if h, ok := ReadHolder(path); !ok || h.PID != other.Process.Pid {
		t.Fatalf("got %v, %v", h, ok)
	}
}

func TestLockOfADeadHolderIsFree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := startHolder(t, path)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	if _, err := os.Stat(notePath(path)); err != nil {
		t.Fatal("the test needs a note that was left behind:", err)
	}
	if h, ok := ReadHolder(path); ok {
		t.Fatalf("a dead holder is believed: %v", h)
	}
	lock, err := Acquire(path, Holder{PID: os.Getpid(), Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if h, ok := ReadHolder(path); !ok || h.PID != os.Getpid() {
		t.Fatalf("got %v, %v", h, ok)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if h, ok := ReadHolder(path); ok {
		t.Fatalf("still held after Release: %v", h)
	}
}

func TestLookingMakesNoLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if _, ok := ReadHolder(path); ok {
		t.Fatal("held by nobody")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatal("looking made a file")
	}
}

// Faces that look all the time must not make a start fail.
func TestLookersDoNotKeepAnybodyFromTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	stop := make(chan struct{})
	var lookers sync.WaitGroup
	for range 2 {
		lookers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					ReadHolder(path)
				}
			}
		})
	}
	for n := range 5000 {
		lock := flock.New(path)
		if taken, err := take(lock); !taken || err != nil {
			t.Errorf("the %dth start: %v, %v", n, taken, err)
			break
		}
		if err := lock.Unlock(); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	lookers.Wait()
}

func TestA49OfRacingStartsOneWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var wins []*Lock
	var mu sync.Mutex
	var starts sync.WaitGroup
	for range 20 {
		starts.Go(func() {
			lock, err := Acquire(path, Holder{PID: os.Getpid()})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				wins = append(wins, lock)
			} else if !errors.As(err, new(*Held)) {
				t.Error(err)
			}
		})
	}
	starts.Wait()
	if len(wins) != 1 {
		t.Fatalf("%d won", len(wins))
	}
	if err := wins[0].Release(); err != nil {
		t.Fatal(err)
	}
}

func TestLockWithAnUnreadableNoteIsStillHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := Acquire(path, Holder{PID: os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Release() }()
	if err := os.WriteFile(notePath(path), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if h, ok := ReadHolder(path); !ok || h != (Holder{}) {
		t.Fatalf("got %v, %v", h, ok)
	}
}

// TestF38ALockWhoseFileIsGoneIsTakenAgain: else the next agent would find it free, and there were two.
func TestF38ALockWhoseFileIsGoneIsTakenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "lock")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	me := Holder{PID: os.Getpid(), Socket: "here"}
	lock, err := Acquire(path, me)
	if err != nil {
		t.Fatal(err)
	}
	for what, lose := range map[string]func() error{
		"nothing": func() error { return nil },
		"file":    func() error { return os.Remove(path) },
		"folder":  func() error { return os.RemoveAll(filepath.Dir(path)) },
	} {
		if err := lose(); err != nil {
			t.Fatal(err)
		}
		if err := lock.Keep(me); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if h, held := ReadHolder(path); !held || h != me {
			t.Fatalf("%s: got %+v, %v", what, h, held)
		}
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	if _, held := ReadHolder(path); held {
		t.Error("it is still held")
	}
}

// TestF38WhoWasQuickerKeepsTheLock, and its note.
func TestF38WhoWasQuickerKeepsTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := Acquire(path, Holder{PID: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	other, err := Acquire(path, Holder{PID: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Release()
	var held *Held
	if err := lock.Keep(Holder{PID: 1}); !errors.As(err, &held) || held.Holder.PID != 2 {
		t.Errorf("got %v", err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	if h, there := ReadHolder(path); !there || h.PID != 2 {
		t.Errorf("got %+v, %v", h, there)
	}
}

// TestF38TheNoteTellsWhereTheAgentListensNow.
func TestF38TheNoteTellsWhereTheAgentListensNow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	lock, err := Acquire(path, Holder{PID: 1, Socket: "here"})
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	lock.Tell(Holder{PID: 1, Socket: "there"})
	if h, held := ReadHolder(path); !held || h.Socket != "there" {
		t.Errorf("got %+v, %v", h, held)
	}
}
