package oauthflow

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// NotBefore reads from a response's header when to ask again, for others that send requests through NewTransport as
// well: Retry-After in seconds or as a date (RFC 9110 §10.2.3), else x-ratelimit-reset in seconds from now or since
// 1970 (Auth0). What they give as a moment is by their clock, and is counted from their Date. The moment lies between
// now and longest after it; it is now, and not said, where the header says nothing of the kind.
func NotBefore(h http.Header, now time.Time, longest time.Duration) (at time.Time, said bool) {
	wait, said := waitAsked(h, now)
	return now.Add(min(max(wait, 0), longest)), said
}

func waitAsked(h http.Header, now time.Time) (wait time.Duration, said bool) {
	const moment = 1e9 // what is larger counts from 1970: nobody asks for a pause of thirty years
	theirs := now
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		theirs = date
	}
	after := h.Get("Retry-After")
	if n, ok := wholeNumber(after); ok {
		return time.Duration(n) * time.Second, true
	}
	if date, err := http.ParseTime(after); err == nil {
		return date.Sub(theirs), true
	}
	n, ok := wholeNumber(h.Get("X-Ratelimit-Reset"))
	if n > moment {
		return time.Unix(n, 0).Sub(theirs), ok
	}
	return time.Duration(n) * time.Second, ok
}

// wholeNumber reads digits. The largest has 33 bits: seconds that a Duration can hold, and what comes after the year
// 2242 is as good as that.
func wholeNumber(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 33)
	return int64(n), err == nil || errors.Is(err, strconv.ErrRange)
}

// nextSecond rounds up, so that who waits until then is not too early.
func nextSecond(t time.Time) time.Time { return t.UTC().Add(time.Second - 1).Truncate(time.Second) }
