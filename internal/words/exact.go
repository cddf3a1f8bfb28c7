package words

import "time"

// Exactly is a moment for support: with seconds and zone. It is empty for no moment.
func Exactly(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// Took says how long something took, as exactly as people care: "120 ms", "3.2 s".
func Took(d time.Duration) string {
	if d < time.Second {
		return T("duration.milliseconds", "n", max(int(d.Milliseconds()), 1))
	}
	tenths := int(d.Round(time.Second/10) / (time.Second / 10))
	return T("duration.took", "whole", tenths/10, "tenths", tenths%10)
}
