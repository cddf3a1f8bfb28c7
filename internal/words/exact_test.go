package words

import (
	"testing"
	"time"
)

func TestHowLongSomethingTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1 ms", 123456 * time.Microsecond: "123 ms", time.Second: "1.0 s", 3249 * time.Millisecond: "3.2 s",
	} {
		if got := Took(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestAMomentForSupport(t *testing.T) {
	if got := Exactly(time.Time{}); got != "" {
		t.Errorf("no moment is %q", got)
	}
	at := time.Date(2026, 3, 2, 14, 5, 9, 0, time.Local)
	if got, want := Exactly(at), at.Format("2006-01-02 15:04:05 MST"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
