package agent

import (
	"sync"
	"time"
)

// opening is how long a face that was told to become the window has until it watches as one. Until then others that
// ask are told that there is a window, so that a double double-click gives one.
const opening = 5 * time.Second

// window knows whether there is one: it is a guest that watches with face=window.
type window struct {
	mu       sync.Mutex
	attached int
	reserved time.Time // until then opener is opening one
	opener   int       // its process id; 0 where it did not say
}

// ask tells whether a window is there, or will be in a moment. If not, the asker has it to open.
func (w *window) ask(now time.Time, pid int) (raise bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	again := pid != 0 && pid == w.opener
	if w.attached > 0 || now.Before(w.reserved) && !again {
		return true
	}
	w.reserved, w.opener = now.Add(opening), pid
	return false
}

func (w *window) attach() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attached++
	w.reserved, w.opener = time.Time{}, 0
}

func (w *window) detach() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attached--
}
