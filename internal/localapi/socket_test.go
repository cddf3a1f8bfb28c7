//go:build unix

package localapi

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"keyfob/internal/localapi/client"
	"keyfob/storage"
)

// reachablePlaces are folders of a test's own, in which the runtime folder has one above it that may go as well.
func reachablePlaces(t *testing.T) storage.Places {
	t.Helper()
	dir := filepath.Dir(socketPath(t))
	return storage.Places{Config: dir + "/c", State: dir + "/s", Runtime: dir + "/run/keyfob"}
}

// reach is a server behind a Socket, and where that says it listens.
type reach struct {
	*Socket
	places storage.Places

	mu    sync.Mutex
	moves []string
}

func serveSocket(t *testing.T, places storage.Places) *reach {
	t.Helper()
	if _, err := places.Ensure(); err != nil {
		t.Fatal(err)
	}
	r := &reach{places: places}
	var err error
	r.Socket, err = OpenSocket(places, slog.New(slog.DiscardHandler), func(path string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.moves = append(r.moves, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	server := newServer(t, Options{Keeper: newFakeKeeper()})
	go func() { ended <- server.Serve(ctx, r) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// serves wants the agent to answer at path, in a folder and a socket for us alone.
func (r *reach) serves(t *testing.T, path string) {
	t.Helper()
	c := client.New(path)
	defer c.Close()
	if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
		t.Errorf("at %s: %v", path, err)
	}
	for path, want := range map[string]fs.FileMode{filepath.Dir(path): fs.ModeDir | 0o700, path: fs.ModeSocket | 0o600} {
		if info, err := os.Lstat(path); err != nil || info.Mode() != want {
			t.Errorf("%s is %v (%v), want %v", path, info, err, want)
		}
	}
	if r.Path() != path {
		t.Errorf("it says that it listens at %s", r.Path())
	}
}

// TestF38ALostSocketIsOpenedAgain where it was, with its folders, and once.
func TestF38ALostSocketIsOpenedAgain(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, path string){
		"the socket":     remove,
		"its folder":     func(t *testing.T, path string) { removeAll(t, filepath.Dir(path)) },
		"all folders":    func(t *testing.T, path string) { removeAll(t, filepath.Dir(filepath.Dir(path))) },
		"a dead agent's": func(t *testing.T, path string) { remove(t, path); leaveSocket(t, path) },
		"a new login": func(t *testing.T, path string) { // the runtime folder is another one, and empty
			removeAll(t, filepath.Dir(filepath.Dir(path)))
			mkdir(t, filepath.Dir(filepath.Dir(path)))
		},
		"moved": func(t *testing.T, path string) {
			if err := os.Rename(path, path+".moved"); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			places := reachablePlaces(t)
			r := serveSocket(t, places)
			r.Look()
			if len(r.moves) != 0 {
				t.Fatalf("nothing was lost, and it moved to %q", r.moves)
			}
			lose(t, places.Socket())
			for range 3 {
				r.Look()
			}
			r.serves(t, places.Socket())
			if len(r.moves) != 1 {
				t.Errorf("it moved to %q", r.moves)
			}
		})
	}
}

// TestF38WhatLiesInTheSocketsPlaceStays, and the agent serves at another place until it has gone.
func TestF38WhatLiesInTheSocketsPlaceStays(t *testing.T) {
	for name, plant := range map[string]func(t *testing.T, path string){
		"a file":          writeFile,
		"a folder":        mkdir,
		"a link":          func(t *testing.T, path string) { symlink(t, path+".nothing", path) },
		"somebody else's": func(t *testing.T, path string) { l := listen(t, path); t.Cleanup(func() { l.Close() }) },
	} {
		t.Run(name, func(t *testing.T) {
			places := reachablePlaces(t)
			r := serveSocket(t, places)
			first := places.Sockets()
			remove(t, first[0])
			plant(t, first[0])
			planted, err := os.Lstat(first[0])
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				r.Look()
			}
			r.serves(t, first[1])
			if now, err := os.Lstat(first[0]); err != nil || !os.SameFile(planted, now) {
				t.Errorf("it is %v (%v)", now, err)
			}
			removeAll(t, first[0])
			r.Look()
			r.serves(t, first[0])
			if _, err := os.Lstat(first[1]); err == nil {
				t.Error("the other socket is left behind")
			}
		})
	}
}

// TestF38WithoutARuntimeFolderItListensBesideItsState: as after a logout, when nobody but the system can make one.
func TestF38WithoutARuntimeFolderItListensBesideItsState(t *testing.T) {
	places := reachablePlaces(t)
	r := serveSocket(t, places)
	run := filepath.Dir(places.Runtime)
	removeAll(t, run)
	writeFile(t, run) // no folder can be made there, not even by root
	r.Look()
	r.serves(t, places.Sockets()[1])
	remove(t, run)
	mkdir(t, run)
	r.Look()
	r.serves(t, places.Socket())
}

// TestF38AClosedSocketComesBackNoMore, and takes nothing of others along.
func TestF38AClosedSocketComesBackNoMore(t *testing.T) {
	places := reachablePlaces(t)
	if _, err := places.Ensure(); err != nil {
		t.Fatal(err)
	}
	s, err := OpenSocket(places, slog.New(slog.DiscardHandler), func(path string) { t.Errorf("it listens at %s", path) })
	if err != nil {
		t.Fatal(err)
	}
	remove(t, places.Socket())
	writeFile(t, places.Socket())
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(places.Socket()); err != nil {
		t.Errorf("what lay there is gone: %v", err)
	}
	remove(t, places.Socket())
	s.Look()
	if _, err := os.Lstat(places.Socket()); err == nil {
		t.Error("a socket is left behind")
	}
	if _, err := s.Accept(); err == nil {
		t.Error("it still accepts")
	}
}

// TestF38CallsUnderWayGoOn while the socket moves.
func TestF38CallsUnderWayGoOn(t *testing.T) {
	places := reachablePlaces(t)
	r := serveSocket(t, places)
	conn := connect(t, places.Socket())
	_, _ = io.WriteString(conn, "GET /v1/watch HTTP/1.1\r\nHost: keyfob\r\n\r\n")
	if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	remove(t, places.Socket())
	r.Look()
	r.serves(t, places.Socket())
	if err := stillOpen(conn); err != nil {
		t.Error(err)
	}
}

// stillOpen reads what has come, which ends nothing.
func stillOpen(conn net.Conn) error {
	_, err := conn.Read(make([]byte, 1))
	return err
}

func removeAll(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}
