// Package clock measures time on a machine that sleeps and whose clock can be set.
//
// Timers stand still while a machine sleeps, and a wall clock can be set back. So a moment to come is kept as "so long
// after then" (Alarm), and the time that has passed is what the faster of the two clocks says (Elapsed). A time.Time
// from time.Now holds both.
//
// It is a leaf: it imports nothing of ours.
package clock

import (
	"math"
	"time"
)

// Forever is longer than anything Keyfob waits for.
const Forever = time.Duration(math.MaxInt64)

// Elapsed is how long ago t was, never less than nothing. Of the two clocks that a time.Time holds it believes the one
// that says longer: the monotonic one stands still while the machine sleeps, and the wall clock can be set back.
func Elapsed(now, t time.Time) time.Duration {
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)), 0)
}

// Alarm is a moment to come. The zero Alarm is off.
type Alarm struct {
	From  time.Time
	After time.Duration
}

// Set has the alarm ring after a while that begins at from.
func (a *Alarm) Set(from time.Time, after time.Duration) { a.From, a.After = from, max(after, 0) }

// Stop switches the alarm off.
func (a *Alarm) Stop() { *a = Alarm{} }

// On tells whether the alarm is set, whether it has rung or not.
func (a Alarm) On() bool { return !a.From.IsZero() }

// Remaining is how long it is until the alarm rings: 0 when it rings now, Forever when it is off.
func (a Alarm) Remaining(now time.Time) time.Duration {
	if !a.On() {
		return Forever
	}
	return max(a.After-Elapsed(now, a.From), 0)
}

// Rings tells whether the alarm is set, and its moment has come.
func (a Alarm) Rings(now time.Time) bool { return a.Remaining(now) == 0 }

// Pending tells whether the alarm is set, and its moment is still to come.
func (a Alarm) Pending(now time.Time) bool { return a.On() && a.Remaining(now) > 0 }

// At is the moment on the wall clock, for people; zero when the alarm is off.
func (a Alarm) At() time.Time {
	if !a.On() {
		return time.Time{}
	}
	return a.From.Round(0).Add(a.After)
}

// Backoff is how long to pause after so many failures in a row: doubled each time up to most, and up to a quarter
// longer by chance, so that a thousand Keyfobs do not come back at once. chance gives a number in [0,1).
func Backoff(chance func() float64, failures int, first, most time.Duration) time.Duration {
	pause := min(first<<min(failures, 16), most)
	return pause + time.Duration(chance()*float64(pause)/4)
}
