package view

import (
	"slices"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// facts are who is signed in, until when, and what else holds without being seen.
func facts(a account.Account, now time.Time) []string {
	lines := []string{personFacts(a)}
	if a.Status.HasSession() && a.Until.After(now) {
		lines = append(lines, words.T("ui.card.access-until", "until", words.Until(a.Until, now)))
	}
	if a.Status.HasSession() && !a.Saved && !slices.ContainsFunc(a.Notices, saysNotSaved) {
		lines = append(lines, words.T("ui.card.in-memory"))
	}
	lines = append(lines, words.UsedBy(a))
	if a.GatewayURL != "" {
		lines = append(lines, words.T("ui.card.gateway-at", "url", a.GatewayURL))
	}
	if a.AskFirst {
		lines = append(lines, words.T("ui.card.asks-first"))
	}
	return slices.DeleteFunc(lines, func(s string) bool { return s == "" })
}

func saysNotSaved(f *fault.Error) bool { return f.Code == fault.NotSaved }

// personFacts adds to the status line what it does not say of the person.
func personFacts(a account.Account) string {
	if a.Who == nil {
		return ""
	}
	inStatus := ""
	if a.Status == account.SignedIn || a.Status == account.Renewing {
		inStatus = words.Who(a.Who)
	}
	all := []string{words.Who(a.Who), a.Who.Email, a.Who.Organization}
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" || s == inStatus })
	return strings.Join(slices.Compact(all), " · ")
}
