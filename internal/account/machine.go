package account

import "time"

// Machine is what there is to know of an account without a person: a program of its own that has a client secret.
type Machine struct {
	Secret bool `json:"secret"` // there is one; never shown
	// Lifetime is how long one token lasts, in seconds; 0 before the first.
	Lifetime int64 `json:"lifetime,omitempty"`

	Meter  Meter   `json:"meter"`
	Quotas []Quota `json:"quotas,omitempty"` // as the provider said last
}

// Meter counts the tokens that were asked for, which many providers bill, and those that were spared. Days and months
// are those of UTC, as Auth0 counts them.
type Meter struct {
	Today  int       `json:"today"`           // asked for, since midnight
	Month  int       `json:"month"`           // asked for, since the first of the month
	Reused int       `json:"reused"`          // handed out this month without asking
	Limit  int       `json:"limit,omitempty"` // of the profile, for a month; 0: none
	Resets time.Time `json:"resets,omitzero"` // when the month is over, by UTC
}

// Near tells whether the end of the limit is near: four fifths are used.
func (m Meter) Near() bool { return m.Left() > 0 && m.Month*5 >= m.Limit*4 }

// Left is how many more may be asked for this month; below zero where there is no limit.
func (m Meter) Left() int {
	if m.Limit == 0 {
		return -1
	}
	return max(m.Limit-m.Month, 0)
}

// Quota is what a provider says is left of something that it counts.
type Quota struct {
	Name   string    `json:"name"` // as the provider calls it, cleaned: per_hour, per_day, requests
	Size   int64     `json:"size"`
	Left   int64     `json:"left"`
	Resets time.Time `json:"resets"`
}
