package agent

import (
	"context"
	"errors"
	"time"

	"keyfob/storage"
)

// lookEvery is how often the agent looks whether others still find its lock and its socket: a few system calls.
const lookEvery = 2 * time.Second

// stayReachable keeps lock and socket in their places until ctx ends. Where another agent has taken the place of the
// lock, while there was none to be seen, this one ends: the error is *storage.Held.
func (r *Agent) stayReachable(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		if err := r.keepLock(); err != nil {
			return err
		}
		r.socket.Look()
	}
}

func (r *Agent) keepLock() error {
	err := r.lock.Keep(r.holder)
	var held *storage.Held
	switch {
	case err == nil:
		r.lockTrouble = ""
	case errors.As(err, &held):
		return err
	case err.Error() != r.lockTrouble:
		r.lockTrouble = err.Error()
		r.Log.Warn("the lock is gone and cannot be made again", "error", err)
	}
	return nil
}

// moved tells in the lock's note where the agent listens now: whoever looks for it finds it there.
func (r *Agent) moved(path string) {
	r.holder.Socket = path
	r.lock.Tell(r.holder)
}
