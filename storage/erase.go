package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"keyfob/internal/fault"
)

// Erase deletes every file of ours: the profiles, who may have tokens, what belongs to this computer (sealed secrets,
// the demo's data, log and crash text, the lock), and the socket's folder. Folders with files of others in them stay.
//
// The agent must have ended; the error is *Held if one runs. Erase holds the lock meanwhile, so that no agent starts
// between two files. It goes on after a file that it cannot delete; the error is fault.DiskTrouble then, for the first
// of them.
func (p Places) Erase() error {
	lock, err := p.Acquire(Holder{PID: os.Getpid(), Kind: "reset", Started: time.Now().Round(0)})
	if err != nil && fault.CodeOf(err) != fault.DiskTrouble { // without any folder there is no lock, and nothing else
		return err
	}
	failed := []error{remove(p.Profiles()), remove(p.Access())}
	for _, folder := range []string{p.State, p.Runtime} {
		failed = append(failed, removeInside(folder, lockName, lockName+noteSuffix))
	}
	if lock != nil {
		lock.abolish()
	}
	for _, folder := range []string{p.Runtime, p.State, p.Config} {
		_ = os.Remove(folder) // only where it is empty
	}
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// abolish deletes the lock's file and gives the lock back. It does so in this order, so that nobody else can hold the
// lock in between. Whoever waits for the deleted file notices (see take). On Windows an open file cannot be deleted.
func (l *Lock) abolish() {
	_ = os.Remove(l.note)
	inTheWay := os.Remove(l.flock.Path())
	_ = l.Release()
	if inTheWay != nil {
		_ = os.Remove(l.flock.Path())
	}
}

// removeInside empties a folder but for the names to keep.
func removeInside(folder string, keep ...string) (first error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskTrouble(folder, err)
	}
	for _, e := range entries {
		if slices.Contains(keep, e.Name()) {
			continue
		}
		if err := remove(filepath.Join(folder, e.Name())); first == nil {
			first = err
		}
	}
	return first
}

// remove takes away a file, or a folder with all in it; links are not followed.
func remove(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return diskTrouble(path, err)
	}
	return nil
}
