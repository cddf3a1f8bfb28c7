package localapi

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"keyfob/internal/process"
)

// opening is how long a program that was told to become the window has until it watches as one. Until then others that
// ask are told that there is a window, so that a double double-click gives one. A program that has died is not waited
// for.
const opening = 5 * time.Second

// betweenRaises is how often programs that are not ours may have the window come forward.
const betweenRaises = time.Second

// window keeps track of the one window: a client that watches with client=window.
type window struct {
	programs []string // paths of the executables that are a window of ours

	mu       sync.Mutex
	attached map[int]int // how often each process watches as a window; 0 is one of which the system does not tell
	reserved time.Time   // until then opener is opening a window
	raised   time.Time   // when a window was last told to come forward
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

// ask answers a process that wants the window. There is true if a window is open or is being opened; raise is true if
// it is to come forward now. If there is no window, the process is to open it, and that is remembered if it is a
// program of ours: another program could ask again and again, and no window would ever open.
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

// knows tells whether the program at path makes windows of ours. Links to it count as well.
func (w *window) knows(path string) bool {
	return slices.ContainsFunc(w.programs, func(ours string) bool { return path == ours || sameFile(path, ours) })
}

func sameFile(a, b string) bool {
	one, errA := os.Stat(a)
	two, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(one, two)
}

// attach notes that the process watches as a window from now on.
func (w *window) attach(pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attached[pid]++
	w.reserved, w.opener = time.Time{}, 0
}

// detach notes that it does so no more.
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
