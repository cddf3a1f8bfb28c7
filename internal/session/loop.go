package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
)

// oversleep is how much too late a look must come for us to believe that the machine slept.
const oversleep = 10 * time.Second

// loop is the one loop of all accounts, with the one timer. It sleeps for good while nothing is to come.
func (k *Keeper) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Stop()
		if wait := k.chores(); wait < clock.Forever {
			timer.Reset(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-timer.C:
		}
	}
}

// chores begins what is due, and tells how long nothing will be.
func (k *Keeper) chores() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	k.noticeSleepLocked(now)
	next := k.lookDueLocked(now)
	for _, e := range k.order {
		next = min(next, e.holding.dueLocked(now), e.resaveDueLocked(now))
	}
	k.clock.expect(now, next)
	return next
}

func (k *Keeper) lookDueLocked(now time.Time) time.Duration {
	if wait := k.keychain.Due(now); wait > 0 {
		return wait
	}
	k.tasks.Start(func() { _ = k.reader.look(k.tasks.Context()) })
	return clock.Forever
}

// noticeSleepLocked sees that the machine has slept, or that the clock was set. Connections are dead then without
// knowing it, and failures belong to another network.
func (k *Keeper) noticeSleepLocked(now time.Time) {
	late := k.clock.overslept(now)
	if late == 0 {
		return
	}
	k.log.Info("woke up", "late", late.Round(time.Second))
	k.options.Flow.CloseIdle()
	for _, e := range k.order {
		asleep := e.holding.byItself() && e.holding.handLocked() != nil
		if asleep && e.rest == account.Offline && !e.quiet.Pending(now) {
			e.failures = 0
			e.renew.Set(now, 0)
		}
	}
	k.nudge()
}

// sleepWatch notices by a look that comes much too late that the machine has slept.
type sleepWatch struct {
	lookBy time.Time // when the loop wants to look again; zero: never
}

// expect notes that the next look is to come after next.
func (s *sleepWatch) expect(now time.Time, next time.Duration) {
	s.lookBy = time.Time{}
	if next < clock.Forever {
		s.lookBy = now.Round(0).Add(next)
	}
}

// overslept is how much too late it is; 0 where that is nothing to speak of. It tells so once.
func (s *sleepWatch) overslept(now time.Time) time.Duration {
	late := now.Round(0).Sub(s.lookBy)
	if s.lookBy.IsZero() || late < oversleep {
		return 0
	}
	s.lookBy = time.Time{}
	return late
}
