package localapi

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"keyfob/internal/process"
)

// opening is how long a face that was told to become the window has until it watches as one. Until then others that
// ask are told that there is a window, so that a double double-click gives one. One that has died is not waited for.
const opening = 5 * time.Second

// betweenRaises is how often programs that are not ours may have the window come forward.
const betweenRaises = time.Second

// window knows whether there is one: it is a guest that watches with face=window.
type window struct {
	programs []string // paths of the executables that are a window of ours

	mu       sync.Mutex
	attached map[int]int // by process id, 0 where the system does not tell
	reserved time.Time   // until then opener is opening one
	raised   time.Time   // when it last was to come forward
	opener   int         // its process id; 0 where it did not say
}

// newWindow knows our own windows by their executable: the agent's own, and the desktop program beside it.
func newWindow() *window {
	w := &window{attached: map[int]int{}}
	if self, err := os.Executable(); err == nil {
		desktop := "keyfob-desktop" + filepath.Ext(self)
		w.programs = []string{self, filepath.Join(filepath.Dir(self), desktop)}
	}
	return w
}

// ask tells whether a window is there, or will be in a moment, and whether it is to come forward now. If there is none
// the asker has it to open, if it is a program of ours: another could say so again and again, and no window would open.
func (w *window) ask(now time.Time, pid int, ours bool) (there, raise bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	again := pid != 0 && pid == w.opener
	if len(w.attached) > 0 || now.Before(w.reserved) && !again && process.Alive(w.opener) {
		raise = ours || now.Sub(w.raised) >= betweenRaises
		if raise {
			w.raised = now
		}
		return true, raise
	}
	if ours {
		w.reserved, w.opener = now.Add(opening), pid
	}
	return false, false
}

// knows tells whether the program at path is one that makes windows of ours, by whatever name it was called.
func (w *window) knows(path string) bool {
	return slices.ContainsFunc(w.programs, func(ours string) bool { return path == ours || sameFile(path, ours) })
}

func sameFile(a, b string) bool {
	one, errA := os.Stat(a)
	two, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(one, two)
}

func (w *window) attach(pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attached[pid]++
	w.reserved, w.opener = time.Time{}, 0
}

func (w *window) detach(pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.attached[pid]--; w.attached[pid] == 0 {
		delete(w.attached, pid)
	}
}

// is tells whether the process watches as a window.
func (w *window) is(pid int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.attached[pid] > 0
}
