package words

import (
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words/wordstest"
)

// TestAMachineIsNobodysSignIn: whatever it is in, there is a sentence, one next step where something is wrong, and no
// word of signing in or of what goes on by itself.
func TestAMachineIsNobodysSignIn(t *testing.T) {
	for _, a := range wordstest.Accounts(t) {
		a.Who, a.Machine = nil, &account.Machine{Lifetime: 300}
		s := Status(a)
		if s.Text == "" || strings.ContainsAny(s.Text+s.Next, "{}[]!") || strings.HasSuffix(s.Text, ".") {
			t.Errorf("%s, %v: %q %q", a.Status, a.Problem, s.Text, s.Next)
		}
		said := strings.ToLower(s.Text + s.Next)
		if a.Problem == nil && strings.Contains(said, "sign") || strings.Contains(said, "sign-in is safe") ||
			a.Status.HasSession() && strings.Contains(said, "tries again by itself") {
			t.Errorf("%s, %v: %q %q", a.Status, a.Problem, s.Text, s.Next)
		}
		if a.Problem != nil && s.Code != "" && s.Code != string(a.Problem.Code) {
			t.Errorf("%s, %v: code %s", a.Status, a.Problem, s.Code)
		}
	}
}

func TestMachinesInWords(t *testing.T) {
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	april := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	reached := fault.New(fault.CapReached, "used", "10", "limit", "10").WithUntil(april)
	slow := fault.New(fault.RateLimited, "host", "id.example").WithUntil(time.Date(2026, 3, 14, 9, 5, 0, 0, time.UTC))
	for _, tt := range []struct {
		status     account.Status
		problem    *fault.Error
		lifetime   int64
		text, next string
		tone       Tone
	}{
		{account.SignedIn, nil, 86400, "Ready · one token lasts a day", "", Good},
		{account.Renewing, nil, 300, "Ready · one token lasts 5 minutes", "", Good},
		{account.SignedIn, nil, 0, "Ready", "", Good},
		{account.NeedsSignIn, fault.New(fault.SecretMissing, "id", "acme"), 0, "Needs its secret",
			"Press Enter secret, or run keyfob secret set acme.", Needed},
		{account.SignedOut, nil, 0, "Needs its secret",
			"Press Enter secret, or run keyfob secret set acme.", Needed},
		{account.NeedsSignIn, fault.New(fault.SecretRefused), 0, "The service refuses the secret",
			"Check the client's id and secret. Keyfob asks again when one of them has changed.", Needed},
		{account.Limited, reached, 0, "Cap reached until 1 April, 00:00",
			"Keyfob asks for none until 1 April, 00:00. If that is too late, raise monthly_token_limit in the profile.", Attend},
		{account.Limited, slow, 0,
			"id.example asks Keyfob to slow down until 09:05",
			"Nothing to do: Keyfob asks again when a token is needed, after 09:05.", Attend},
		{account.Trouble, fault.New(fault.ClientRefused, "client", "acme", "error", "unauthorized_client"), 0,
			"The service gives acme no tokens",
			"Check the client's id and secret, or ask the people who run it to allow them (unauthorized_client). Then give " +
				"acme its secret once more.", Attend},
	} {
		a := account.Account{ID: "acme", Status: tt.status, Problem: tt.problem}
		a.Machine = &account.Machine{Lifetime: tt.lifetime}
		if s := statusAt(a, now); s.Text != tt.text || s.Next != tt.next || s.Tone != tt.tone {
			t.Errorf("%s, %v:\n%q\n%q\n%d", tt.status, tt.problem, s.Text, s.Next, s.Tone)
		}
	}
	m := account.Meter{Today: 3, Month: 12, Limit: 1000, Resets: april}
	if got := Meter(m, now); got != "3 today, 12 this month, 988 left until 1 April, 00:00" {
		t.Error(got)
	}
	for want, m := range map[string]account.Meter{
		"12 tokens this month, 480 reused": {Month: 12, Reused: 480},
		"1 token this month":               {Month: 1},
		"12,345,678 tokens this month":     {Month: 12345678},
		"12 of 1,000 tokens this month, 480 reused. Begins anew on 1 April": {
			Month: 12, Reused: 480, Limit: 1000, Resets: april,
		},
		"1 of 100 tokens this month. Begins anew on 1 April": {
			Month: 1, Limit: 100, Resets: april.In(time.FixedZone("w", -36000)),
		},
	} {
		if got := Used(m); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	q := account.Quota{Size: 100, Left: 90, Resets: now.Add(time.Hour)}
	if got := Quota(q, now); got != "90 of 100 left until 10:00" {
		t.Error(got)
	}
}
