//go:build unix && !darwin

package storage

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"keyfob/internal/fault"
)

// lived makes places as Keyfob leaves them when it has been used.
func lived(t *testing.T) Places {
	t.Helper()
	p := newPlaces(t)
	if _, err := p.Ensure(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{
		p.Profiles() + "/acme.json", p.Profiles() + "/.acme.json-1.tmp", p.Sealed() + "/0123-ABC", p.Demo() + "/keys.json",
		p.LogFile(), p.State + "/keyfob-2026-01-02T03-04-05.000.log", p.State + "/crash.txt", p.Socket(),
	} {
		if err := WriteFile(file, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := p.Acquire(Holder{PID: 7})
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEraseLeavesNothing(t *testing.T) {
	p := lived(t)
	for _, when := range []string{"lived in", "empty"} {
		if err := p.Erase(); err != nil {
			t.Fatal(when, err)
		}
		for _, folder := range []string{p.Config, p.State, p.Runtime} {
			if _, err := os.Lstat(folder); !os.IsNotExist(err) {
				t.Errorf("%s: %s is still there: %v", when, folder, err)
			}
		}
	}
}

// TestEraseLeavesWhatIsNotOurs: a link leads to a place of the person's, and beside the profiles may lie theirs.
func TestEraseLeavesWhatIsNotOurs(t *testing.T) {
	p := lived(t)
	theirs := filepath.Join(t.TempDir(), "theirs")
	for _, file := range []string{theirs, p.Config + "/notes.txt"} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Dir(theirs), p.State+"/link"); err != nil {
		t.Fatal(err)
	}
	if err := p.Erase(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{theirs, p.Config + "/notes.txt"} {
		if _, err := os.Stat(file); err != nil {
			t.Error(err)
		}
	}
}

func TestEraseDoesNothingUnderAnAgent(t *testing.T) {
	p := lived(t)
	lock, err := p.Acquire(Holder{PID: 7})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Erase(); !errors.As(err, new(*Held)) {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.LogFile()); err != nil {
		t.Error(err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
}

func TestEraseSaysWhatItCouldNotDo(t *testing.T) {
	p := newPlaces(t)
	if err := os.MkdirAll(filepath.Dir(p.State), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.State, nil, 0o600); err != nil { // a file where our folder should be: not even root reads it
		t.Fatal(err)
	}
	if err := WriteFile(p.Profiles()+"/acme.json", nil); err != nil {
		t.Fatal(err)
	}
	wantFault(t, p.Erase(), fault.DiskTrouble)
	if _, err := os.Stat(p.Config); !os.IsNotExist(err) {
		t.Error("it did not go on after what failed")
	}
}

// TestTheLockOfAFileThatIsGoneKeepsNobodyOut: one opened the file before a reset removed it, and another made a new
// one. Both hold "the lock", and only the second may become the agent.
func TestTheLockOfAFileThatIsGoneKeepsNobodyOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	old, err := Acquire(path, Holder{})
	if err != nil {
		t.Fatal(err)
	}
	late := flock.New(path)
	if shared, err := late.TryRLock(); shared || err != nil { // it has the file open now
		t.Fatal(shared, err)
	}
	old.abolish()
	second, err := Acquire(path, Holder{PID: 2, Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if taken, err := take(late); taken || err != nil {
		t.Errorf("two agents: %v, %v", taken, err)
	}
	if h, held := ReadHolder(path); !held || h.PID != 2 {
		t.Errorf("%+v, %v", h, held)
	}
	if err := second.Release(); err != nil {
		t.Error(err)
	}
}
