package main

import (
	"time"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// printSignOut prints what a sign-out did: what logout and remove share. The error is what it could not do.
func printSignOut(t *terminal, id string, report account.SignOutReport) error {
	if report.Deleted {
		t.print("cli.signed-out", "id", id)
	}
	if now := time.Now(); report.ValidUntil.After(now) {
		t.print("cli.token-until", "until", words.Until(report.ValidUntil, now))
	}
	if report.Problem != nil {
		return report.Problem
	}
	return nil
}
