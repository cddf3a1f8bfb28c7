package session

import (
	"time"

	"keyfob/internal/account"
)

// meter counts the tokens of a client by days and months of UTC, as Auth0 does. The zero meter has counted nothing.
type meter struct {
	day                  int64 // the last that counted, since 1970
	today, month, reused int
}

// at is the meter as it stands now. A clock that was set back, to the month before at most, does not make it forget;
// what was counted in another month, or by a clock that was wrong then, is over.
func (m meter) at(now time.Time) meter {
	day := dayOf(now)
	switch ahead := monthOf(m.day) - monthOf(day); {
	case ahead < 0, ahead > 1:
		return meter{day: day}
	case m.day < day:
		m.day, m.today = day, 0
	}
	return m
}

// asked counts a token that the provider was asked for.
func (m *meter) asked(now time.Time) {
	*m = m.at(now)
	m.today++
	m.month++
}

// spared counts one that was handed out without asking. It forgets nothing on the word of a clock that is behind.
func (m *meter) spared(now time.Time) {
	if dayOf(now) > m.day {
		*m = m.at(now)
	}
	m.reused++
}

// resets is when the month is over.
func (m meter) resets() time.Time {
	t := time.Unix(m.day*secondsOfDay, 0).UTC()
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// account is the meter as people see it, beside a limit of the profile.
func (m meter) account(now time.Time, limit int) account.Meter {
	m = m.at(now)
	return account.Meter{Today: m.today, Month: m.month, Reused: m.reused, Limit: limit, Resets: m.resets()}
}

const secondsOfDay = 24 * 3600

func dayOf(now time.Time) int64 { return now.Unix() / secondsOfDay }

// monthOf counts months, so that two can be compared.
func monthOf(day int64) int {
	t := time.Unix(day*secondsOfDay, 0).UTC()
	return t.Year()*12 + int(t.Month())
}
