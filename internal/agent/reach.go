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
func (a *Agent) stayReachable(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		if err := a.keepLock(); err != nil {
			return err
		}
		a.socket.Look()
	}
}

func (a *Agent) keepLock() error {
	err := a.lock.Keep(a.holder)
	var held *storage.Held
	switch {
	case err == nil:
		a.lockTrouble = ""
	case errors.As(err, &held):
		return err
	case err.Error() != a.lockTrouble:
		a.lockTrouble = err.Error()
		a.Log.Warn("the lock is gone and cannot be made again", "error", err)
	}
	return nil
}

// moved tells in the lock's note where the agent listens now: whoever looks for it finds it there.
func (a *Agent) moved(path string) {
	a.holder.Socket = path
	a.lock.Tell(a.holder)
}
