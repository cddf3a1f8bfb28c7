package resident

import (
	"context"
	"errors"
	"time"

	"keyfob/account"
	"keyfob/agent"
	"keyfob/internal/fault"
	"keyfob/internal/version"
	"keyfob/storage"
)

// handoverTime bounds how long another resident may take to make way.
const handoverTime = 10 * time.Second

// Outranks tells whether a resident of that kind and of this program's version should take the place of who: a
// desktop's has the tray, and a newer one has mended what an older one does wrong. A headless one never takes the
// place of a desktop's.
func Outranks(kind account.Kind, who account.Resident) bool {
	switch {
	case kind == account.Desktop && who.Kind == account.Headless:
		return true
	case kind == account.Headless && who.Kind == account.Desktop:
		return false
	}
	return version.NewerThan(who.Version)
}

// takeLock becomes the one resident. One that is outranked is asked to make way; one that holds sign-ins in memory only
// is left alone, because they would be lost.
func takeLock(ctx context.Context, places storage.Places, me account.Resident) (*storage.Lock, error) {
	holder := storage.Holder{
		PID: me.PID, Kind: string(me.Kind), Version: me.Version, Socket: places.Socket(), Started: me.Started,
	}
	lock, err := places.Acquire(holder)
	var held *storage.Held
	if err == nil || !errors.As(err, &held) {
		return lock, err
	}
	there := account.Resident{Kind: account.Kind(held.Holder.Kind), Version: held.Holder.Version}
	if !Outranks(me.Kind, there) {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handoverTime)
	defer cancel()
	if !MakeWay(ctx, agent.NewClient(held.Holder.Socket)) {
		return nil, err
	}
	return acquireSoon(ctx, places, holder)
}

// Replace has the resident behind client make way, and waits until it has gone: whoever looks for a resident then finds
// none, or its successor. It tells whether it went.
func Replace(ctx context.Context, places storage.Places, client *agent.Client) bool {
	ctx, cancel := context.WithTimeout(ctx, handoverTime)
	defer cancel()
	was, held := places.Holder()
	if !held || !MakeWay(ctx, client) {
		return false
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if now, held := places.Holder(); !held || now.PID != 0 && now.PID != was.PID {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-look.C:
		}
	}
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
