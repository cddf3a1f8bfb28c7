package ui

import (
	"slices"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// wantsSecret tells whether nothing goes on without a client's secret, or with the one that is there.
func wantsSecret(a account.Account) bool {
	switch {
	case a.Machine == nil:
		return false
	case a.Status == account.SignedOut, a.Status == account.NeedsSignIn:
		return true
	}
	return a.Status.HasSession() && a.Problem != nil &&
		slices.Contains([]fault.Code{fault.SecretMissing, fault.SecretRefused, fault.ClientRefused}, a.Problem.Code)
}

// machineChoices are what else can be done with the account of a program: nobody signs in or out.
func machineChoices(a account.Account) []choice {
	if !a.Machine.Secret {
		return nil
	}
	return []choice{{"Replace secret…", enterSecret}, {"Forget secret…", forgetSecret}}
}

// meterFacts are how many tokens were asked for, where any were or a limit stands.
func meterFacts(m *account.Machine) []string {
	if m == nil || m.Meter == (account.Meter{Resets: m.Meter.Resets}) {
		return nil
	}
	return []string{words.Used(m.Meter)}
}

// machineDetails are what support asks about a program's own account.
func machineDetails(m *account.Machine, now time.Time) (d []detail) {
	if m == nil {
		return nil
	}
	kept := "none"
	if m.Secret {
		kept = "there is one; it is never shown"
	}
	d = append(d, detail{"Client secret", kept}, detail{"Tokens asked for", words.Meter(m.Meter, now)})
	for _, q := range m.Quotas {
		d = append(d, detail{"The provider's quota " + q.Name, words.Quota(q, now)})
	}
	return d
}
