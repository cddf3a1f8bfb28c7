package words

import (
	"strconv"
	"time"
)

// Number says a count with what the language puts between groups of three digits: "12,000".
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	if -1000 < n && n < 1000 {
		return s
	}
	separator := T("number.separator")
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + separator + s[i:]
	}
	return s
}

// Until says a moment as people do: "14:05", "tomorrow, 14:05", "Friday, 14:05", "3 March, 14:05". Both times are shown
// in now's location.
func Until(t, now time.Time) string {
	t = t.In(now.Location())
	clock := Clock(t)
	switch days := daysBetween(now, t); {
	case days == 0:
		return clock
	case days == 1:
		return T("time.tomorrow", "clock", clock)
	case days == -1:
		return T("time.yesterday", "clock", clock)
	case days > 1 && days < 7:
		return T("time.weekday", "weekday", T(weekdays[t.Weekday()]), "clock", clock)
	case t.Year() == now.Year():
		return T("time.day", "day", Day(t), "clock", clock)
	default:
		return T("time.day-of-year", "day", Day(t), "year", strconv.Itoa(t.Year()), "clock", clock)
	}
}

// Day says a day of the year: "2 January".
func Day(t time.Time) string {
	return T("time.date", "day", strconv.Itoa(t.Day()), "month", T(months[t.Month()-1]))
}

// Clock says a moment of a day: "14:05".
func Clock(t time.Time) string { return t.Format("15:04") }

// Lasting says how long something lasts, in the largest unit that fits: "a day", "5 minutes".
func Lasting(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day:
		return T("duration.days", "n", int(d/day))
	case d >= time.Hour:
		return T("duration.hours", "n", int(d/time.Hour))
	case d >= time.Minute:
		return T("duration.minutes", "n", int(d/time.Minute))
	default:
		return T("duration.seconds", "n", int(d/time.Second))
	}
}

// Roughly says how long something lasts in the largest unit of which there are two: "90 seconds", "about 3 hours".
func Roughly(d time.Duration) string {
	const day = 24 * time.Hour
	in := func(unit time.Duration) int { return int(d.Round(unit) / unit) }
	switch {
	case d < 2*time.Minute:
		return T("duration.seconds", "n", in(time.Second))
	case d < 2*time.Hour:
		return T("duration.about-minutes", "n", in(time.Minute))
	case d < 2*day:
		return T("duration.about-hours", "n", in(time.Hour))
	}
	return T("duration.about-days", "n", in(day))
}

// Exactly is a moment for support: with seconds and zone. It is empty for no moment.
func Exactly(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}

// Compared is a moment beside another one, which may be that of a wrong clock: whole, and in UTC.
func Compared(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

// Took says how long something took, as exactly as people care: "120 ms", "3.2 s".
func Took(d time.Duration) string {
	if d < time.Second {
		return T("duration.milliseconds", "n", max(int(d.Milliseconds()), 1))
	}
	tenths := int(d.Round(time.Second/10) / (time.Second / 10))
	return T("duration.took", "whole", tenths/10, "tenths", tenths%10)
}

// Second says a moment of a day to the second, for what is over in less than a minute: "14:05:30".
func Second(t time.Time) string { return t.Local().Format("15:04:05") }

var weekdays = [...]string{
	time.Sunday: "weekday.sunday", time.Monday: "weekday.monday", time.Tuesday: "weekday.tuesday",
	time.Wednesday: "weekday.wednesday", time.Thursday: "weekday.thursday", time.Friday: "weekday.friday",
	time.Saturday: "weekday.saturday",
}

var months = [...]string{
	"month.january", "month.february", "month.march", "month.april", "month.may", "month.june", "month.july",
	"month.august", "month.september", "month.october", "month.november", "month.december",
}

// daysBetween counts midnights, not 24 hours: a day may have 23 or 25.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(day(b).Sub(day(a)) / (24 * time.Hour))
}
