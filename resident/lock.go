package resident

import (
	"context"
	"errors"
	"time"

	"keyfob/account"
	"keyfob/agent"
	"keyfob/internal/fault"
	"keyfob/storage"
)

// handoverTime bounds how long a headless resident may take to make way.
const handoverTime = 10 * time.Second

// takeLock becomes the one resident. A desktop's resident asks a headless one to make way, since only it has a tray;
// one that holds sign-ins in memory only is left alone, because they would be lost.
func takeLock(ctx context.Context, places storage.Places, me account.Resident) (*storage.Lock, error) {
	holder := storage.Holder{
		PID: me.PID, Kind: string(me.Kind), Version: me.Version, Socket: places.Socket(), Started: me.Started,
	}
	lock, err := places.Acquire(holder)
	var held *storage.Held
	if err == nil || !errors.As(err, &held) {
		return lock, err
	}
	if me.Kind != account.Desktop || held.Holder.Kind != string(account.Headless) {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handoverTime)
	defer cancel()
	if !MakeWay(ctx, agent.NewClient(held.Holder.Socket)) {
		return nil, err
	}
	return acquireSoon(ctx, places, holder)
}

// MakeWay asks the resident behind client to end, if nothing is lost by it: no sign-in is under way, and none lives in
// its memory only. It tells whether the resident agreed.
func MakeWay(ctx context.Context, client *agent.Client) bool {
	s, err := client.Status(ctx)
	if err != nil {
		return false
	}
	for _, a := range s.Accounts {
		if a.Status == account.SigningIn || a.Status.HasSession() && !a.Saved {
			return false
		}
	}
	return client.Stop(ctx) == nil
}

// acquireSoon looks again until the lock is free: flock has no wake-up that ends with a context.
func acquireSoon(ctx context.Context, places storage.Places, holder storage.Holder) (*storage.Lock, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		lock, err := places.Acquire(holder)
		if err == nil || fault.CodeOf(err) != fault.AlreadyResident {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-tick.C:
		}
	}
}
