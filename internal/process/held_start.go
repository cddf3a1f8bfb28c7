//go:build !linux && !windows

package process

// handle is the moment of the start.
type handle struct{ started string }

func hold(pid int) (handle, error) {
	started := startOf(pid)
	if started == "" {
		return handle{}, ErrOther
	}
	return handle{started}, nil
}

func (h handle) lives(pid int) bool { return startOf(pid) == h.started }

func (handle) release() {}

// Here is always true: this system has no such namespaces.
func Here(int) bool { return true }
