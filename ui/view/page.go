package view

import (
	"slices"
	"time"

	"keyfob/internal/account"
)

// Page is everything that the window shows below its sheets.
type Page struct {
	Banner     Banner
	Cards      []Card
	OffersDemo bool // the agent can host it, and it is not there yet
	MemoryOnly bool // a person chose to do without the keychain
}

// PageOf makes the page of a snapshot at now. local is what the window alone knows of an account.
func PageOf(s account.Snapshot, local func(id string) Local, now time.Time) Page {
	p := Page{
		Banner:     BannerOf(s.Keychain),
		OffersDemo: s.Agent.Demo && !slices.ContainsFunc(s.Accounts, isDemo),
		MemoryOnly: s.Keychain.State == account.KeychainMemoryOnly,
	}
	for _, a := range s.Accounts {
		p.Cards = append(p.Cards, Of(a, local(a.ID), now))
	}
	return p
}

func isDemo(a account.Account) bool { return a.Demo }

// NextChange is the next moment at which a page reads otherwise without a new snapshot; zero where there is none.
func NextChange(s account.Snapshot, now time.Time) (next time.Time) {
	for _, a := range s.Accounts {
		for _, t := range changes(a) {
			if t.After(now) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return next
}

// changes are the moments at which a card reads otherwise.
func changes(a account.Account) []time.Time {
	moments := []time.Time{a.Until}
	if a.Attempt != nil {
		moments = append(moments, a.Attempt.Started.Add(LongWait))
	}
	return moments
}

// CameBack tells whether somebody has just finished signing in. One who had cancelled is where they want to be.
func CameBack(before, after account.Snapshot) bool {
	for _, a := range after.Accounts {
		b, ok := before.Account(a.ID)
		if ok && b.Status == account.SigningIn && a.Status.HasSession() && (b.Until.IsZero() || !a.Until.Equal(b.Until)) {
			return true
		}
	}
	return false
}
