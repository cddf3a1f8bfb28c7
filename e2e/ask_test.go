//go:build linux

package e2e

import (
	"strings"
	"testing"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// TestA53A56AProgramWaitsForAPersonInTheWindow is "ask first", once through: nobody has a window open, a program asks
// for a token and waits, the window comes by itself, and the person says once, and the next time no. The keyboard
// begins at No, so that Enter never lets anybody in.
func TestA53A56AProgramWaitsForAPersonInTheWindow(t *testing.T) {
	d := newDesk(t, stage.Options{})
	d.importProfile(d.provider(stage.Auth0), "acme")
	d.signInQuietly("acme")
	d.keyfob(0, "ask-first", "acme", "on")

	answer := d.asTool("token", "acme")
	window := must(d.Window(d.ctx, stage.Title))(t)
	d.wantPrompt(window, "acme")
	d.snapSizes(window, "ask")
	d.key("Tab", "space") // from No to Once
	token := strings.TrimSpace((<-answer).Out)
	if claims := claimsOf(t, token); claims["aud"] != stage.Audience {
		t.Errorf("access token = %v", claims)
	}

	if err := d.Distract(d.ctx); err != nil {
		t.Fatal(err)
	}
	answer = d.asTool("token", "acme")
	d.wantPrompt(window, "acme") // it was once
	d.key("Return")
	if r := <-answer; r.Code != 6 || r.Out != "" || !strings.Contains(r.Err, "You said no") {
		t.Errorf("keyfob token: exit code %d, want 6\n%s", r.Code, r.Err)
	}
	d.wantLedger("acme")
	d.wantNoSecrets(token)
}

// asTool runs the command line beside the test, as a tool does that waits for its token.
func (d *desk) asTool(args ...string) <-chan stage.Run {
	ended := make(chan stage.Run, 1)
	go func() {
		r, err := d.Keyfob(d.ctx, args...)
		if err != nil {
			d.Error(err)
		}
		ended <- r
	}()
	return ended
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
