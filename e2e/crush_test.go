//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
	"keyfob/storage"
)

// asking is how many processes want a token at once.
const asking = 10

// TestF25TenProcessesAskAtTheMomentOfExpiry lets the tokens of several accounts run out, and has ten processes a piece
// ask for a new one at once. A provider that takes a refresh token seen twice for a theft sees each once.
func TestF25TenProcessesAskAtTheMomentOfExpiry(t *testing.T) {
	const accounts = 5
	const life = 15 // seconds: callers cause no refresh within ten seconds of the last, which may take some itself
	d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
	d.mayTake(t, 10*time.Minute)
	provider := must(d.StartProvider(d.ctx, stage.Auth0, stage.ProviderOptions{AccessTTL: life}))(t)
	var ids []string
	for n := range accounts {
		ids = append(ids, fmt.Sprintf("acme-%d", n))
		d.importProfile(provider, ids[n])
		d.signInQuietly(ids[n])
	}
	for round := range soak(10, 100) {
		id := ids[round%accounts]
		d.waitExpired(id)
		d.wantOneRefresh(provider, id)
	}
}

// TestF25TenProcessesStartOneAgent has nobody there when ten processes want a token, so that each would start one.
func TestF25TenProcessesStartOneAgent(t *testing.T) {
	d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	d.signInQuietly("acme")
	d.crashAgent()
	d.wantOneRefresh(provider, "acme")
	agents := slices.DeleteFunc(d.Strays(), func(pid int) bool { // each has a process for its keychain
		return strings.Contains(stage.Describe([]int{pid}), storage.ChildArg)
	})
	if len(agents) != 1 {
		t.Errorf("%d agents: %s", len(agents), stage.Describe(agents))
	}
}

// waitExpired waits until the access token has run out.
func (d *desk) waitExpired(id string) {
	d.Helper()
	a, _ := must(d.Status(d.ctx))(d).Account(id)
	expired := time.NewTimer(time.Until(a.Until))
	defer expired.Stop()
	select {
	case <-expired.C:
	case <-d.ctx.Done():
		d.Fatal(d.ctx.Err())
	}
}

// wantOneRefresh has all processes ask, and looks at what they got and what the provider saw.
func (d *desk) wantOneRefresh(p *stage.Provider, id string) {
	d.Helper()
	before := must(p.Counters(d.ctx))(d).Token["refresh_token"]
	var tokens [asking]string
	var callers sync.WaitGroup
	for n := range asking {
		callers.Go(func() {
			if r, err := d.Keyfob(d.ctx, "token", id); err == nil && r.Code == 0 {
				tokens[n] = r.Out
			} else {
				d.Errorf("%v\n%s", err, r.Err)
			}
		})
	}
	callers.Wait()
	after := must(p.Counters(d.ctx))(d).Token["refresh_token"]
	if after.OK != before.OK+1 || after.Refused != before.Refused {
		d.Errorf("%s: %d refreshes and %d refusals, want one", id, after.OK-before.OK, after.Refused-before.Refused)
	}
	if first := tokens[0]; slices.ContainsFunc(tokens[:], func(t string) bool { return t != first }) {
		d.Errorf("%s: they were given different tokens", id)
	}
	if a, _ := must(d.Status(d.ctx))(d).Account(id); a.Status != account.SignedIn {
		d.Errorf("%s is %q", id, a.Status)
	}
}

// TestF35AKilledAgentIsToldOrReplaced kills the agent under a sign-in, and then under nobody.
func TestF35AKilledAgentIsToldOrReplaced(t *testing.T) {
	d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	login := must(d.StartKeyfob(d.ctx, "login", "acme"))(t)
	must(d.Opened(d.ctx))(t)
	d.crashAgent()
	if err := login.Wait(d.ctx); err == nil || login.ExitCode() != 8 || !strings.Contains(login.Output(), "agent-failed") {
		t.Errorf("keyfob login: %v, exit code %d\n%s", err, login.ExitCode(), login.Output())
	}
	d.keyfob(3, "token", "acme")
	d.signInQuietly("acme")
	d.crashAgent()
	d.keyfob(0, "token", "acme")
	if n := d.OpenedCount(); n != 2 {
		t.Errorf("a browser was opened %d times", n)
	}
}
