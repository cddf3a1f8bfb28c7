//go:build linux

package e2e

import (
	"strings"
	"testing"

	"keyfob/account"
	"keyfob/e2e/stage"
)

// TestA53A56AProgramWaitsForAPersonInTheWindow is "ask first", once through: nobody has a window open, a program asks
// for a token and waits, the window comes by itself, and the person says once, and the next time no. The keyboard
// begins at No, so that Enter never lets anybody in.
func TestA53A56AProgramWaitsForAPersonInTheWindow(t *testing.T) {
	d := newDesk(t, stage.Options{})
	d.importProfile(d.provider(stage.Auth0), "acme")
	d.signInQuietly("acme")
	d.keyfob(0, "ask-first", "acme", "on")

	tool := must(d.StartKeyfob(d.ctx, "token", "acme"))(t)
	window := must(d.Window(d.ctx, stage.Title))(t)
	d.wantPrompt(window, "acme")
	d.snapSizes(window, "ask")
	d.key("Tab", "space") // from No to Once
	if err := tool.Wait(d.ctx); err != nil {
		t.Fatal(err, tool.Output())
	}
	if claims := claimsOf(t, strings.TrimSpace(tool.Output())); claims["aud"] != stage.Audience {
		t.Errorf("access token = %v", claims)
	}

	if err := d.Distract(d.ctx); err != nil {
		t.Fatal(err)
	}
	tool = must(d.StartKeyfob(d.ctx, "token", "acme"))(t)
	d.wantPrompt(window, "acme") // it was once
	d.key("Return")
	if err := tool.Wait(d.ctx); err == nil || tool.ExitCode() != 6 || !strings.Contains(tool.Output(), "You said no") {
		t.Errorf("keyfob token: %v, exit code %d, want 6\n%s", err, tool.ExitCode(), tool.Output())
	}
	d.wantLedger("acme")
}

// wantPrompt waits until the window is in front because a program waits, and takes an answer: it takes none for as long
// as a window has to stay the same to count as at rest, so it is to be at rest twice.
func (d *desk) wantPrompt(window stage.Window, id string) {
	d.Helper()
	err := d.WaitSnapshot(d.ctx, func(s account.Snapshot) bool {
		return len(s.Requests) == 1 && s.Requests[0].Account == id && s.Requests[0].Program.ByKeyfob
	})
	if err != nil {
		d.Fatal(err)
	}
	d.wantWindow(window)
	for range 2 {
		must(d.Settle(d.ctx, window))(d)
	}
}

// wantLedger wants one token and one refusal on record, the latest first, as the command line shows them too.
func (d *desk) wantLedger(id string) {
	d.Helper()
	handed := must(d.Agent().Log(d.ctx, id))(d)
	if len(handed) != 2 || !handed[0].Refused || handed[1].Refused || handed[1].Count != 1 ||
		handed[0].Program.Path != handed[1].Program.Path {
		d.Errorf("ledger = %+v", handed)
	}
	said := d.keyfob(0, "log", id).Out
	if lines := strings.Split(strings.TrimSpace(said), "\n"); len(lines) != 2 ||
		!strings.Contains(strings.ToLower(lines[0]), "refused") || !strings.Contains(lines[1], "1 token, valid until") {
		d.Errorf("keyfob log said: %s", said)
	}
}
