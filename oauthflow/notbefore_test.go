package oauthflow

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Every way to say when to ask again, with our clock as wrong as it may be.
func TestF06WhenToAskAgain(t *testing.T) {
	const none = -1
	theirs := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		what, after, reset string
		want               time.Duration
	}{
		{"seconds", "120", "", 2 * time.Minute},
		{"no seconds", "0", "", 0},
		{"more than is waited for", "99999999", "", time.Hour},
		{"more than a number holds", "99999999999999999999", "", time.Hour},
		{"a date", "Mon, 02 Mar 2026 09:05:00 GMT", "", 5 * time.Minute},
		{"a date of an old kind", "Monday, 02-Mar-26 09:05:00 GMT", "", 5 * time.Minute},
		{"a date that is past", "Mon, 02 Mar 2026 08:00:00 GMT", "", 0},
		{"a date that is far off", "Fri, 31 Dec 9999 23:59:59 GMT", "", time.Hour},
		{"the first of two", "120", "60", 2 * time.Minute},
		{"seconds until a reset", "", "90", 90 * time.Second},
		{"a day until a reset", "", "86400", time.Hour},
		{"the moment of a reset", "", fmt.Sprint(theirs.Unix() + 90), 90 * time.Second},
		{"a reset that is past", "", fmt.Sprint(theirs.Unix() - 90), 0},
		{"a moment in milliseconds", "", fmt.Sprint(theirs.UnixMilli()), time.Hour},
		{"a moment beyond all numbers", "", "9223372036854775808", time.Hour},
		{"a reset beside nonsense", "soon", "90", 90 * time.Second},
		{"nothing", "", "", none},
		{"words", "soon", "later", none},
		{"less than nothing", "-5", "-9223372036854775808", none},
		{"no whole number", "1.5", "1e3", none},
		{"a sign", "+7", "0x10", none},
	} {
		for _, wrong := range []time.Duration{0, time.Hour, -10 * 365 * 24 * time.Hour} {
			now := theirs.Add(wrong)
			at, said := NotBefore(http.Header{"Date": {theirs.Format(http.TimeFormat)}, "Retry-After": {tt.after},
				"X-Ratelimit-Reset": {tt.reset}}, now, time.Hour)
			if said != (tt.want != none) || at.Sub(now) != max(tt.want, 0) {
				t.Errorf("%s (%q, %q), our clock %v ahead: %v, %v", tt.what, tt.after, tt.reset, wrong, at.Sub(now), said)
			}
		}
	}
}

// Without a Date that can be read, a moment is taken by our own clock.
func TestF06WhenToAskAgainWithoutADate(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, h := range []http.Header{
		{"Retry-After": {"Mon, 02 Mar 2026 09:05:00 GMT"}},
		{"Retry-After": {"Mon, 02 Mar 2026 09:05:00 GMT"}, "Date": {"yesterday"}},
		{"X-Ratelimit-Reset": {fmt.Sprint(now.Unix() + 300)}},
	} {
		if at, said := NotBefore(h, now, time.Hour); !said || at.Sub(now) != 5*time.Minute {
			t.Errorf("%v: %v, %v", h, at.Sub(now), said)
		}
	}
}

// FuzzNotBefore: whatever a response says, it is asked again between now and the longest that anybody waits.
func FuzzNotBefore(f *testing.F) {
	for _, seed := range []string{
		"120", "-5", "1.5", "1e3", "99999999999999999999", "4294967295", "8589934591", " 7", "+7", "0x10", "soon", "",
		"Mon, 02 Mar 2026 08:00:00 GMT", "Mon, 02 Mar 2026 09:30:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
		"Monday, 02-Mar-26 09:05:00 GMT", "Mon Mar  2 09:05:00 2026", "Mon, 01 Jan 0001 00:00:00 GMT",
		"Mon, 02 Mar 2026 09:05:00 +1400",
	} {
		f.Add(seed, "", "", int64(1772442000))
		f.Add("", seed, seed, int64(1772442000))
	}
	f.Add("", "9223372036854775807", "Fri, 31 Dec 9999 23:59:59 GMT", int64(253402300799))
	f.Fuzz(func(t *testing.T, after, reset, date string, unix int64) {
		now := time.Unix(unix%(1<<38), unix%1e9) // some 8,000 years either way
		h := http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}, "Date": {date}}
		at, said := NotBefore(h, now, maxPause)
		if at.Before(now) || at.Sub(now) > maxPause || !said && !at.Equal(now) {
			t.Errorf("%q, %q, %q at %v: %v, %v", after, reset, date, now, at, said)
		}
		if rounded := nextSecond(at); rounded.Before(at) || rounded.Sub(at) >= time.Second || rounded.Nanosecond() != 0 {
			t.Errorf("%v is rounded to %v", at, rounded)
		}
	})
}
