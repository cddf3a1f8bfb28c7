package process

import "sync"

// Held is one process, which no other can be taken for, also when it has ended and its id is given to another. It may
// be used by many goroutines.
type Held struct {
	pid    int
	handle handle

	mu       sync.Mutex
	released bool
}

// Hold holds on to the process that has this id now; ErrOther where there is none, or where the system does not tell.
func Hold(pid int) (*Held, error) {
	if pid <= 0 {
		return nil, ErrOther
	}
	h, err := hold(pid)
	if err != nil {
		return nil, err
	}
	return &Held{pid: pid, handle: h}, nil
}

// PID is its id, for as long as it lives.
func (h *Held) PID() int { return h.pid }

// Lives tells whether it has not ended. What was read by its id is about it if it lives afterwards. Of one that was
// released nobody knows: false.
func (h *Held) Lives() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.released && h.handle.lives(h.pid)
}

// Release lets go of it.
func (h *Held) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.released {
		h.released = true
		h.handle.release()
	}
}
