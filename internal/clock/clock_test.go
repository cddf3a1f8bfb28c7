package clock

import (
	"testing"
	"time"
	"unsafe"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setForward is t as time.Now gives it after somebody set the wall clock forward, or back.
func setForward(t time.Time, seconds int64) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) += uint64(seconds) << 30 // as the runtime lays it out
	return t
}

func TestTheSlowerClockIsNotBelieved(t *testing.T) {
	begin := time.Now()
	hourLater := begin.Add(time.Hour)
	back := setForward(hourLater, -7200)
	if back.Round(0).Sub(begin.Round(0)) != -time.Hour || back.Sub(begin) != time.Hour {
		t.Fatalf("this Go lays out time.Time differently: %v, %v", back.Round(0).Sub(begin.Round(0)), back.Sub(begin))
	}
	for name, now := range map[string]time.Time{
		"both clocks":         hourLater,
		"wall clock alone":    begin.Round(0).Add(time.Hour),
		"wall clock set back": back,
	} {
		if got := Elapsed(now, begin); got != time.Hour {
			t.Errorf("%s: elapsed %v", name, got)
		}
	}
	if got := Elapsed(begin.Round(0), begin.Add(time.Hour)); got != 0 {
		t.Errorf("something that is to come was %v ago", got)
	}
}

func TestAlarm(t *testing.T) {
	now := time.Now()
	var a Alarm
	if a.On() || a.Rings(now) || a.Pending(now) || a.Remaining(now) != Forever || !a.At().IsZero() {
		t.Error("an alarm that is off is not off")
	}
	a.Set(now, time.Minute)
	if !a.On() || a.Rings(now) || !a.Pending(now) || a.Remaining(now.Add(time.Second)) != 59*time.Second {
		t.Error("an alarm that is set is not set")
	}
	if !a.At().Equal(now.Round(0).Add(time.Minute)) {
		t.Errorf("it rings at %v", a.At())
	}
	if !a.Rings(now.Add(time.Minute)) || a.Pending(now.Add(time.Hour)) {
		t.Error("an alarm does not ring")
	}
	a.Set(now, Forever)
	if a.Remaining(now.Add(time.Hour)) != Forever-time.Hour || a.Rings(now.Add(1e6*time.Hour)) {
		t.Error("for ever ends")
	}
}

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		failures int
		chance   float64
		want     time.Duration
	}{
		{0, 0, time.Second}, {1, 0, 2 * time.Second}, {3, 0, 8 * time.Second}, {4, 0, 10 * time.Second},
		{1000, 0, 10 * time.Second}, {0, 1, 1250 * time.Millisecond}, {1000, 1, 12500 * time.Millisecond},
	} {
		got := Backoff(func() float64 { return c.chance }, c.failures, time.Second, 10*time.Second)
		if got != c.want {
			t.Errorf("after %d failures, by chance %v: %v, want %v", c.failures, c.chance, got, c.want)
		}
	}
}
