package words

import (
	"testing"
	"time"
)

func TestUntil(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 3, 2, 23, 30, 0, 0, zone) // a Monday
	for want, at := range map[string]time.Time{
		"23:59":            time.Date(2026, 3, 2, 22, 59, 0, 0, time.UTC),
		"tomorrow, 00:05":  time.Date(2026, 3, 3, 0, 5, 0, 0, zone),
		"Friday, 14:05":    time.Date(2026, 3, 6, 14, 5, 0, 0, zone),
		"9 March, 14:05":   time.Date(2026, 3, 9, 14, 5, 0, 0, zone),
		"yesterday, 10:00": time.Date(2026, 3, 1, 10, 0, 0, 0, zone),
	} {
		if got := Until(at, now); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
	if got := Until(time.Date(2027, 1, 2, 1, 0, 0, 0, zone), now); got != "2 January 2027, 01:00" {
		t.Error(got)
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", -7: "-7", 999: "999", -999: "-999", 1000: "1,000", -1000: "-1,000", 12345678: "12,345,678",
		-123456: "-123,456",
	} {
		if got := Number(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestHowLong(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		time.Second:                  {"a second", "a second"},
		90 * time.Second:             {"a minute", "90 seconds"},
		5 * time.Minute:              {"5 minutes", "about 5 minutes"},
		3*time.Hour + 20*time.Minute: {"3 hours", "about 3 hours"},
		24 * time.Hour:               {"a day", "about 24 hours"},
		50 * time.Hour:               {"2 days", "about 2 days"},
	} {
		if got := [2]string{Lasting(d), Roughly(d)}; got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

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
