package words

import (
	"time"

	"keyfob/internal/account"
)

// ActsAs names an account whose tokens act for the account itself. It is empty where they act in the name of the person
// who is signed in.
func ActsAs(a account.Account) string {
	if a.Machine != nil {
		return a.Name
	}
	return ""
}

// HostLabel is what a's provider is to it, before the name of its host.
func HostLabel(a account.Account) string {
	if a.Machine != nil {
		return T("cli.status.tokens-from")
	}
	return T("cli.status.signs-in-at")
}

// UsedBy is what a's tokens were counted at, as Used says it. It is empty where nobody counts them, or where none was
// asked for and no limit stands.
func UsedBy(a account.Account) string {
	if a.Machine == nil || a.Machine.Meter == (account.Meter{Resets: a.Machine.Meter.Resets}) {
		return ""
	}
	return Used(a.Machine.Meter)
}

// CountedFor is what a's tokens were counted at, as Meter says it. It is empty where nobody counts them.
func CountedFor(a account.Account, now time.Time) string {
	if a.Machine == nil {
		return ""
	}
	return Meter(a.Machine.Meter, now)
}

// ReusedFor is how often a token of a was handed out again and not asked for anew: "340 times this month". It is empty
// where nobody counts them.
func ReusedFor(a account.Account) string {
	if a.Machine == nil {
		return ""
	}
	return T("meter.reused", "n", a.Machine.Meter.Reused)
}

// QuotasOf are what a's provider said last of what it counts.
func QuotasOf(a account.Account) []account.Quota {
	if a.Machine == nil {
		return nil
	}
	return a.Machine.Quotas
}
