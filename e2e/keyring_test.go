//go:build linux

package e2e

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// These tests have the real programs meet what happens to a real gnome-keyring, at a provider that ends the whole
// sign-in when a refresh token is used twice.

// vault is somebody who is signed in, with an eye on what the keychain is asked.
type vault struct {
	*desk
	provider *stage.Provider
	prompts  atomic.Int32 // that the keychain was asked to show
}

func newVault(t *testing.T, o stage.ProviderOptions) *vault {
	t.Helper()
	v := &vault{desk: newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})}
	err := v.WatchKeychain(v.ctx, func(call stage.KeychainCall) {
		if call.Method == "Prompt" && !call.Done {
			v.prompts.Add(1)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	v.provider = must(v.StartProvider(v.ctx, stage.Auth0, o))(t)
	v.importProfile(v.provider, "acme")
	v.signInQuietly("acme")
	return v
}

// must ends the test where something failed.
func (v *vault) must(err error) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
}

// renewWhile restarts the agent and does something to the keychain while it renews by itself: the provider has spent
// the old refresh token, and its answer is still to come. Whoever asks for a token meanwhile gets it all the same.
func (v *vault) renewWhile(happens func()) {
	v.Helper()
	v.keyfob(0, "agent", "stop")
	v.must(v.provider.HoldRefresh(v.ctx, time.Minute))
	v.keyfob(0, "agent", "start")
	v.must(v.provider.Held(v.ctx))
	happens()
	asked := must(v.StartKeyfob(v.ctx, "token", "acme"))(v)
	v.must(v.provider.Release(v.ctx))
	if err := asked.Wait(v.ctx); err != nil {
		v.Fatalf("no token: %v\n%s", err, asked.Output())
	}
}

// wantUnsaved: the newest refresh token is in memory only, which is said, with the keychain's reason.
func (v *vault) wantUnsaved(why fault.Code) {
	v.Helper()
	s := must(v.Status(v.ctx))(v)
	a, _ := s.Account("acme")
	told := slices.ContainsFunc(a.Notices, func(f *fault.Error) bool { return f.Code == fault.NotSaved })
	if a.Status != account.SignedIn || a.Saved || !told {
		v.Errorf("the account is %q, saved: %v, notices: %v", a.Status, a.Saved, a.Notices)
	}
	if s.Keychain.State != account.KeychainUnusable || s.Keychain.Problem == nil || s.Keychain.Problem.Code != why {
		v.Errorf("keychain = %+v, want %q", s.Keychain, why)
	}
	v.keyfob(0, "token", "acme") // the one in hand
}

// waitSaved waits until the newest refresh token is in the keychain.
func (v *vault) waitSaved() {
	v.Helper()
	v.must(v.WaitSnapshot(v.ctx, func(s account.Snapshot) bool {
		a, _ := s.Account("acme")
		return a.Saved && s.Keychain.State == account.KeychainReady
	}))
	v.wantStored("acme", v.provider)
}

// wantNothingLost kills the agent and has the next one renew what the keychain holds. Nobody was asked anything all
// the while, and the provider saw each refresh token once.
func (v *vault) wantNothingLost() {
	v.Helper()
	v.crashAgent()
	v.keyfob(0, "token", "acme")
	v.wantStored("acme", v.provider)
	if n := must(v.provider.Counters(v.ctx))(v).Token["refresh_token"]; n.Refused != 0 {
		v.Errorf("%d of %d refreshes were refused", n.Refused, n.OK+n.Refused)
	}
	if n := v.OpenedCount(); n != 1 {
		v.Errorf("a browser was opened %d times", n)
	}
	if n := v.prompts.Load(); n != 0 {
		v.Errorf("%d prompts were shown", n)
	}
}

// TestF12LockedWhileSomebodyIsSignedIn: what the keychain cannot keep is kept in memory, without a prompt, and saved by
// itself once the keychain is open.
func TestF12LockedWhileSomebodyIsSignedIn(t *testing.T) {
	t.Parallel() // it mostly waits
	v := newVault(t, stage.ProviderOptions{})
	v.renewWhile(func() { v.must(v.LockKeychain(v.ctx)) })
	v.wantUnsaved(fault.KeychainLocked)
	v.must(v.UnlockKeychain(v.ctx))
	v.waitSaved()
	v.wantNothingLost()
}

// TestF12LockedAtTheStart: whoever asks is told at once, again and again, and nobody else is bothered.
func TestF12LockedAtTheStart(t *testing.T) {
	v := newVault(t, stage.ProviderOptions{})
	v.keyfob(0, "agent", "stop")
	v.must(v.LockKeychain(v.ctx))
	for range 3 {
		if said := v.keyfob(4, "token", "acme").Err; !strings.Contains(said, "code: keychain-locked") {
			t.Errorf("it says: %s", said)
		}
	}
	if a, _ := must(v.Status(v.ctx))(t).Account("acme"); a.Status != account.KeychainLocked {
		t.Errorf("the account is %q", a.Status)
	}
	v.must(v.UnlockKeychain(v.ctx))
	v.must(v.Agent().RetryKeychain(v.ctx))
	v.keyfob(0, "token", "acme")
	v.waitSaved()
	v.wantNothingLost()
}

// TestF18TheKeychainDiesBetweenTwoRenewals: the same agent goes on with the keychain that comes after.
func TestF18TheKeychainDiesBetweenTwoRenewals(t *testing.T) {
	t.Parallel()    // it mostly waits
	const life = 13 // seconds: callers cause no refresh within ten seconds of the last, and a sign-in takes a while
	v := newVault(t, stage.ProviderOptions{AccessTTL: life})
	first := v.wantStored("acme", v.provider)
	v.must(v.KillKeychain(v.ctx))
	v.keyfob(0, "token", "acme") // the one in hand
	v.must(v.StartKeychain(v.ctx))
	v.waitExpired("acme")
	v.keyfob(0, "token", "acme")
	if v.wantStored("acme", v.provider) == first {
		t.Error("nothing was renewed")
	}
	v.wantNothingLost()
}

// TestF18TheKeychainDiesInARenewal: the newest refresh token outlives the keychain that was to keep it.
func TestF18TheKeychainDiesInARenewal(t *testing.T) {
	v := newVault(t, stage.ProviderOptions{})
	v.renewWhile(func() { v.must(v.KillKeychain(v.ctx)) })
	v.wantUnsaved(fault.KeychainMissing)
	v.must(v.StartKeychain(v.ctx))
	v.must(v.Agent().RetryKeychain(v.ctx))
	v.waitSaved()
	v.wantNothingLost()
}
