package session

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

var aDay = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func exampleMachine() clientRecord[string] {
	return clientRecord[string]{
		Version: 1, Machine: true, Client: "c", Grant: "g", AccessToken: "canary", TokenType: "Bearer", Scope: "read",
		IssuedAt: aDay, Lifetime: 86400, Due: 73440,
		Quotas: []account.Quota{{Name: "per_day", Size: 9, Left: 8, Resets: aDay}},
		Day:    20455, Today: 1, Month: 2, Reused: 3, Failures: 4, Refusals: 5,
		Problem: fault.New(fault.Offline, "host", "h"), FailedAt: aDay, Pause: 60, Refused: "r",
	}
}

// revealed is a record as it would be written.
func revealed(r clientRecord[secret.Text]) clientRecord[string] {
	return clientRecord[string]{
		Version: r.Version, Machine: r.Machine, Client: r.Client, Grant: r.Grant, AccessToken: r.AccessToken.Reveal(),
		TokenType: r.TokenType, Scope: r.Scope, IssuedAt: r.IssuedAt, Lifetime: r.Lifetime, Due: r.Due, Quotas: r.Quotas,
		Day: r.Day, Today: r.Today, Month: r.Month, Reused: r.Reused, Failures: r.Failures, Refusals: r.Refusals,
		Problem: r.Problem, FailedAt: r.FailedAt, Pause: r.Pause, Refused: r.Refused,
	}
}

func TestAMachinesRecordComesBackAsItWas(t *testing.T) {
	data, err := exampleMachine().encode()
	if err != nil {
		t.Fatal(err)
	}
	const ours = `{"v":1,"machine":true,"client":"c","grant":"g","access_token":"canary","token_type":"Bearer",` +
		`"scope":"read","issued_at":"2026-01-02T03:04:05Z","lifetime":86400,"due":73440,"quotas":[{"name":"per_day",` +
		`"size":9,"left":8,"resets":"2026-01-02T03:04:05Z"}],"day":20455,"today":1,"month":2,"reused":3,"failures":4,` +
		`"refusals":5,"problem":{"code":"offline","args":{"host":"h"}},"failed_at":"2026-01-02T03:04:05Z","pause":60,` +
		`"refused":"r"}`
	if string(data) != ours {
		t.Fatalf("the stored form has changed, which older versions will not read:\n%s", data)
	}
	back, err := parseClient(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := revealed(back).encode()
	if err != nil || string(again) != ours {
		t.Fatalf("%s, %v", again, err)
	}
	if r, err := parseRecord(data); err != nil || !r.ended() {
		t.Fatalf("it counts as a session: %v, %v", r, err)
	}
}

func TestWhatIsNoMachinesRecord(t *testing.T) {
	person, err := example().encode()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]error{
		``: errCorrupt, `{}`: errCorrupt, `{"v":1}`: errCorrupt, `{"v":2,"machine":true}`: errNewer,
		string(person):                         errCorrupt,
		`{"v":1,"machine":true,"lifetime":-1}`: errCorrupt, `{"v":1,"machine":true,"pause":9223372036854775807}`: errCorrupt,
		`{"v":1,"machine":true,"month":-7}`: errCorrupt, `{"v":1,"machine":true} x`: errCorrupt,
	} {
		if _, err := parseClient([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", in, err, want)
		}
	}
	r := exampleMachine()
	r.Scope = strings.Repeat("s", maxRecord)
	if _, err := r.encode(); fault.CodeOf(err) != fault.SecretTooLarge {
		t.Errorf("too large: %v", err)
	}
}

// fuzzMachine: whatever is stored, it is refused without telling what it holds, or can be lived with.
func fuzzMachine(t *testing.T, data []byte) {
	t.Helper()
	r, err := parseClient(data)
	if err != nil {
		if strings.Contains(err.Error(), "canary") {
			t.Fatalf("the error tells the token: %v", err)
		}
		return
	}
	k := New(Options{Now: func() time.Time { return aDay }})
	e := newEntry(k.core, "acme")
	e.useLocked(machineProfile("acme"))
	c := e.holding.(*client)
	r.Grant = grantOf(e.profile)
	c.foundLocked(secretOf("s"), r, aDay)
	if e.rest == account.Loading || c.remaining(aDay) < 0 || c.remaining(aDay) > time.Duration(math.MaxInt64) {
		t.Fatalf("%+v", e)
	}
	if wait := e.quiet.Remaining(aDay); e.quiet.Pending(aDay) && wait > longestQuota+loopSpacing && c.refused == "" {
		t.Fatalf("nothing is asked for %v", wait)
	}
	a := e.accountLocked(aDay)
	if m := a.Machine.Meter; m.Month < 0 || m.Today < 0 || m.Resets.Before(aDay) {
		t.Fatalf("%+v", m)
	}
	c.mayFetchLocked(aDay)
	if data, err := c.recordLocked().encode(); err == nil {
		if _, err := parseClient(data); err != nil {
			t.Fatalf("what is written cannot be read: %s: %v", data, err)
		}
	}
}

func TestTheMeter(t *testing.T) {
	at := func(s string) time.Time {
		t.Helper()
		moment, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	var m meter
	for _, step := range []struct {
		now                  string
		asks                 int
		reuses               int
		today, month, reused int
		resets               string
	}{
		{"2026-01-30T10:00:00Z", 2, 5, 2, 2, 5, "2026-02-01T00:00:00Z"},
		{"2026-01-30T23:59:59Z", 1, 0, 3, 3, 5, "2026-02-01T00:00:00Z"},
		{"2026-01-31T00:30:00+01:00", 1, 0, 4, 4, 5, "2026-02-01T00:00:00Z"}, // days are those of UTC
		{"2026-01-31T12:00:00Z", 1, 0, 1, 5, 5, "2026-02-01T00:00:00Z"},
		{"2026-01-20T12:00:00Z", 1, 1, 2, 6, 6, "2026-02-01T00:00:00Z"}, // the clock was set back
		{"2026-02-01T00:00:00Z", 0, 0, 0, 0, 0, "2026-03-01T00:00:00Z"},
		{"2026-02-01T00:00:00Z", 1, 0, 1, 1, 0, "2026-03-01T00:00:00Z"},
		{"2026-01-31T23:00:00Z", 0, 1, 1, 1, 1, "2026-03-01T00:00:00Z"}, // set back into the month before
		{"2026-03-05T00:00:00Z", 0, 2, 0, 0, 2, "2026-04-01T00:00:00Z"},
		{"2027-03-05T00:00:00Z", 1, 0, 1, 1, 0, "2027-04-01T00:00:00Z"}, // a clock that is a year ahead
		{"2026-03-06T00:00:00Z", 1, 0, 1, 1, 0, "2026-04-01T00:00:00Z"}, // does not count for a year
		{"2026-12-31T00:00:00Z", 1, 0, 1, 1, 0, "2027-01-01T00:00:00Z"},
	} {
		now := at(step.now)
		for range step.asks {
			m.asked(now)
		}
		for range step.reuses {
			m.spared(now)
		}
		got := m.account(now, 0)
		want := account.Meter{Today: step.today, Month: step.month, Reused: step.reused, Resets: at(step.resets)}
		if got != want {
			t.Errorf("%s: %+v, want %+v", step.now, got, want)
		}
	}
	m = meter{day: dayOf(aDay), month: 9}
	m.spared(time.Unix(0, 0)) // before the clock was set at all
	if got := m.account(aDay, 0); got.Month != 9 || got.Reused != 1 {
		t.Errorf("forgotten: %+v", got)
	}
}
