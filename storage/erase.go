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

// Erase takes away every file of ours: the profiles and who may have tokens, all of what belongs to this machine (sealed secrets, the demo's
// data, log and crash text, the lock), and the socket's folder. The agent must have gone: the error is *Held
// where somebody is. It holds the lock meanwhile, so that nobody begins between two files, and goes on after a file
// that it cannot remove; the error then is fault.DiskTrouble, of the first one. Folders of ours with other people's
// files in them stay.
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

// abolish removes the lock's file and gives the lock back, in this order: between the two nobody else can hold it. Who
// waits for the file that is gone notices (see take). On Windows a file that is open cannot be removed.
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
