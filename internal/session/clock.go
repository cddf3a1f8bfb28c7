package session

import (
	"math"
	"time"
)

// forever is longer than anything Keyfob waits for.
const forever = time.Duration(math.MaxInt64)

// elapsed is how long ago t was. Of the two clocks that a time.Time holds it believes the one that says longer: the
// monotonic one stands still while the machine sleeps, and the wall clock can be set back.
func elapsed(now, t time.Time) time.Duration {
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)), 0)
}

// alarm is a moment to come, kept as "so long after then" for the sake of elapsed. The zero alarm is off.
type alarm struct {
	from  time.Time
	after time.Duration
}

func (a *alarm) set(from time.Time, after time.Duration) { a.from, a.after = from, max(after, 0) }

func (a *alarm) stop() { *a = alarm{} }

// left is how long it is until the alarm rings: 0 when it rings now, forever when it is off.
func (a alarm) left(now time.Time) time.Duration {
	if a.from.IsZero() {
		return forever
	}
	return max(a.after-elapsed(now, a.from), 0)
}

func (a alarm) rings(now time.Time) bool { return a.left(now) == 0 }

// pending tells whether the alarm is set and has not rung yet.
func (a alarm) pending(now time.Time) bool { return !a.from.IsZero() && a.left(now) > 0 }

// at is the moment on the wall clock, for people; zero when the alarm is off.
func (a alarm) at() time.Time {
	if a.from.IsZero() {
		return time.Time{}
	}
	return a.from.Round(0).Add(a.after)
}

// backoff is how long to pause after so many failures in a row: doubled each time up to most, and up to a quarter
// longer by chance, so that a thousand Keyfobs do not come back at once.
func (k *Keeper) backoff(failures int, first, most time.Duration) time.Duration {
	pause := min(first<<min(failures, 16), most)
	return pause + time.Duration(k.options.Rand()*float64(pause)/4)
}
