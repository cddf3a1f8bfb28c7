package storage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"

	"keyfob/internal/fault"
)

// Holder is who holds the lock.
type Holder struct {
	PID     int       `json:"pid"`
	Kind    string    `json:"kind"`    // as account.Agent says: the desktop's or a headless one
	Version string    `json:"version"` // of the program
	Socket  string    `json:"socket"`  // where it listens; may differ from our own environment's
	Started time.Time `json:"started"`
	// Process is the moment at which the process started, as its system writes it: together with the PID it names one
	// process for good. Empty where the system does not tell.
	Process string `json:"process,omitempty"`
}

// Held is the error of an Acquire that found another holder. It unwraps to fault.AlreadyRunning.
type Held struct{ Holder Holder }

// Error is for logs and developers.
func (h *Held) Error() string { return fmt.Sprintf("held by process %d", h.Holder.PID) }

// Unwrap returns fault.AlreadyRunning.
func (h *Held) Unwrap() error {
	return fault.New(fault.AlreadyRunning, "pid", strconv.Itoa(h.Holder.PID), "kind", h.Holder.Kind)
}

// Lock is the right to be the agent. The system takes it back when the process ends, however that happens.
type Lock struct {
	flock *flock.Flock
	note  string
}

// Acquire makes the caller the one agent of these places. If somebody holds the spare lock, that counts. The spare lock
// is taken only if the usual one cannot be made.
func (p Places) Acquire(me Holder) (*Lock, error) {
	if h, held := ReadHolder(p.spareLock()); held {
		return nil, &Held{h}
	}
	lock, err := Acquire(p.Lock(), me)
	if fault.CodeOf(err) == fault.DiskTrouble && p.spareLock() != p.Lock() {
		return Acquire(p.spareLock(), me)
	}
	return lock, err
}

// Holder tells who is the agent of these places now, as ReadHolder does.
func (p Places) Holder() (Holder, bool) {
	if h, held := ReadHolder(p.Lock()); held {
		return h, true
	}
	return ReadHolder(p.spareLock())
}

// Acquire takes the lock without waiting, and writes a note that says who holds it. The note is a file beside the lock,
// because Windows does not let others read a locked file, and because a rename over the lock's file would make two
// locks. An agent that cannot write the note, as on a full disk, holds the lock all the same. Errors: *Held, or
// fault.DiskTrouble.
func Acquire(path string, me Holder) (*Lock, error) {
	lock := &Lock{flock: flock.New(path), note: notePath(path)}
	switch taken, err := take(lock.flock); {
	case err != nil:
		return nil, diskTrouble(path, err)
	case !taken:
		return nil, &Held{readNote(path)}
	}
	_ = os.Remove(lock.note) // that of a dead holder misleads, and the new one may not get written
	lock.Tell(me)
	return lock, nil
}

// Tell writes the note anew: who holds the lock, and where it listens now.
func (l *Lock) Tell(me Holder) {
	if note, err := json.Marshal(me); err == nil {
		_ = WriteFile(l.note, note)
	}
}

// Keep makes sure that the lock is the file at its path. Where somebody has removed that file, and its folder perhaps,
// the lock keeps nobody out any more, and is taken again: *Held where another agent was quicker, and fault.DiskTrouble
// where it cannot be made.
func (l *Lock) Keep(me Holder) error {
	path := l.flock.Path()
	if stillThere(l.flock) {
		return nil
	}
	if _, err := secureFolder(filepath.Dir(path), writable); err != nil {
		return diskTrouble(path, err)
	}
	again, err := Acquire(path, me)
	if err != nil {
		return err
	}
	_ = l.flock.Unlock()
	l.flock = again.flock
	return nil
}

// Release gives the lock back. The note goes first, while it is surely ours: where the lock's file is gone, another
// agent may have written the note.
func (l *Lock) Release() error {
	if stillThere(l.flock) {
		_ = os.Remove(l.note)
	}
	return l.flock.Unlock()
}

// ReadHolder returns who holds the lock now. It returns false if nobody does, whatever note a dead holder left. For a
// holder whose note is missing it returns the zero Holder and true.
func ReadHolder(path string) (Holder, bool) {
	probe := flock.New(path, flock.SetFlag(os.O_RDONLY)) // looking makes no file
	free, err := probe.TryRLock()
	if err != nil {
		return Holder{}, false
	}
	if free {
		_ = probe.Unlock()
		return Holder{}, false
	}
	return readNote(path), true
}

// take tries to get the lock. A ReadHolder in another process holds it shared for a moment, and must not be taken for
// an agent, which holds it exclusively. So if sharing works, no agent runs, and take tries again.
func take(lock *flock.Flock) (bool, error) {
	const tries = 200
	for range tries {
		taken, err := lock.TryLock()
		switch {
		case err != nil:
			return false, err
		case taken && stillThere(lock):
			return true, nil
		case taken: // the lock of a file that is gone (see Erase) keeps nobody out
			_ = lock.Unlock()
			continue
		}
		if _, held := ReadHolder(lock.Path()); held {
			return false, nil
		}
		time.Sleep(time.Millisecond)
	}
	return false, nil
}

// stillThere tells whether the file that is locked is the one at its path.
func stillThere(lock *flock.Flock) bool {
	locked, err := lock.Stat()
	if err != nil {
		return true // it cannot be told; so it was before anybody asked
	}
	there, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(locked, there)
}

const noteSuffix = ".holder"

func notePath(path string) string { return path + noteSuffix }

func readNote(path string) (h Holder) {
	data, err := readFile(notePath(path))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}
