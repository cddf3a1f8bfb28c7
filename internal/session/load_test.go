package session

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func TestAfterARestartSomebodyIsStillSignedIn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.run()
		a := w.wantStatus(account.SignedIn)
		if a.Who == nil || a.Who.Name != "ADA" || !a.Saved || !a.Renews || !a.Until.IsZero() {
			t.Fatalf("%+v", a)
		}
		if n := len(w.flow.sent()); n != 0 {
			t.Fatal("a start is no reason to renew at once")
		}
		later(firstRenewal + renewalSpread)
		if a := w.wantStatus(account.SignedIn); a.Until.IsZero() || w.flow.signIns != 1 {
			t.Fatalf("%+v", a)
		}
	})
}

func TestAfterARestartWhoeverAsksIsServedAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.begin()
		begin := time.Now()
		w.token(0)
		if took := time.Since(begin); took != w.flow.latency {
			t.Fatalf("took %v", took)
		}
	})
}

func TestAStartIsNoStorm(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.rotates = false
		w.run()
		w.signIn("acme")
		r := w.record()
		w.stop()
		const many = 200
		for i := range many {
			id := fmt.Sprintf("p%d", i)
			w.addProfile(id)
			w.keychain.keeps(t, firstKey(id), r)
		}
		random := 0.0
		w.options.Rand = func() float64 { random = min(random+1.0/many, 0.999); return random }
		w.begin()
		later(30 * time.Second)
		if n := len(w.flow.sent()); n < 5 || n > 30 {
			t.Fatalf("%d renewals in the first 30 seconds of %d sessions", n, many)
		}
		later(spreadAtMost)
		if n := len(w.flow.sent()); n != many+1 {
			t.Fatalf("%d renewals of %d sessions", n, many+1)
		}
	})
}

func TestProfilesAreThereBeforeTheKeychainAnswers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.keychain.wait = time.Minute
		w.run()
		if a := w.wantStatus(account.Loading); a.Name != "Acme acme" || a.Host != "acme.eu.auth0.com" {
			t.Fatalf("%+v", a)
		}
		if s := w.hub.Snapshot(); s.Keychain.State != account.KeychainChecking {
			t.Fatalf("keychain: %+v", s.Keychain)
		}
		if w.flow.prepared() != 1 {
			t.Fatal("the provider is not prepared meanwhile")
		}
	})
}

func TestF12ALockedKeychainIsVisibleAndOpensByItself(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainLocked)
		w.run()
		a := w.wantStatus(account.KeychainLocked)
		if fault.CodeOf(a.Problem) != fault.KeychainLocked {
			t.Fatalf("%+v", a)
		}
		begin := time.Now()
		_, err := w.keeper.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.KeychainLocked)
		if time.Since(begin) != 0 {
			t.Fatal("the answer was not at once")
		}
		w.keychain.failing(nil)
		later(2 * time.Minute)
		w.wantStatus(account.SignedIn)
	})
}

func TestF12AskingForATokenLooksAgainButNotOften(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		probes := 0
		w.keychain.failing(func(op, _ string) error {
			if op == "probe" {
				probes++
			}
			return fault.New(fault.KeychainLocked)
		})
		w.run()
		for range 100 {
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, fault.KeychainLocked)
			later(200 * time.Millisecond)
		}
		if probes < 2 || probes > 3 {
			t.Fatalf("%d looks in 20 seconds of asking", probes)
		}
		w.keychain.failing(nil)
		later(callerSpacing)
		_, _ = w.keeper.Token(t.Context(), "acme", 0)
		synctest.Wait()
		w.token(0)
	})
}

func TestF16CallersDoNotPileUpBehindAKeychainThatHangs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.keychain.always(fault.KeychainSlow)
		w.keychain.wait = 15 * time.Second
		w.run()
		later(time.Minute)
		before := atWork()
		for range 300 {
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, fault.KeychainSlow)
			later(100 * time.Millisecond)
			if n := atWork(); n > before+1 {
				t.Fatalf("%d goroutines, %d before", n, before)
			}
		}
	})
}

func TestAWriteThatSucceedsShowsThatTheKeychainIsBack(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.addProfile("beta")
		w.run()
		w.signIn("acme")
		w.signIn("beta")
		w.keychain.failing(func(_, key string) error { // beta cannot be read
			if key == firstKey("beta") {
				return fault.New(fault.KeychainLocked)
			}
			return nil
		})
		w.run()
		if a := w.account("beta"); a.Status != account.KeychainLocked {
			t.Fatalf("%+v", a)
		}
		w.keychain.failing(nil)
		later(5 * time.Second) // acme is renewed and saved
		if a := w.account("beta"); a.Status != account.SignedIn || w.hub.Snapshot().Keychain.Problem != nil {
			t.Fatalf("%+v", a)
		}
	})
}

func TestF16AKeychainThatHangsBlocksNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainSlow)
		w.keychain.wait = 10 * time.Second // storage's deadline
		w.begin()
		later(time.Second)
		w.wantStatus(account.Loading)
		later(10 * time.Second)
		if a := w.wantStatus(account.KeychainLocked); fault.CodeOf(a.Problem) != fault.KeychainSlow {
			t.Fatalf("%+v", a)
		}
	})
}

func TestF14WithoutAKeychainTheAccountIsSignedOutAndTheKeychainSaysWhy(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.keychain.always(fault.KeychainMissing)
		w.run()
		if a := w.wantStatus(account.SignedOut); a.Problem != nil {
			t.Fatalf("%+v", a)
		}
		s := w.hub.Snapshot()
		if s.Keychain.State != account.KeychainUnusable || fault.CodeOf(s.Keychain.Problem) != fault.KeychainMissing {
			t.Fatalf("keychain: %+v", s.Keychain)
		}
		_, err := w.keeper.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.KeychainMissing)
	})
}

func TestMemoryOnlyIsAChoice(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.keychain.always(fault.KeychainMissing)
		w.run()
		if err := w.keeper.UseMemoryOnly(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.signIn("acme")
		a := w.wantStatus(account.SignedIn)
		if a.Saved || len(a.Notices) != 0 || !a.Renews {
			t.Fatalf("what somebody chose needs no notice: %+v", a)
		}
		later(24 * time.Hour)
		if a := w.token(0); a.Expiry.Before(w.now()) || w.flow.reused() != 0 {
			t.Fatal("a session in memory is not renewed")
		}
		if len(w.keychain.keys()) != 0 || len(w.memory.keys()) != 1 {
			t.Fatalf("keychain %v, memory %v", w.keychain.keys(), w.memory.keys())
		}

		wantCode(t, w.keeper.RetryKeychain(t.Context()), fault.KeychainMissing)
		if s := w.hub.Snapshot(); s.Keychain.State != account.KeychainMemoryOnly {
			t.Fatalf("the choice is gone: %+v", s.Keychain)
		}
		w.keychain.failing(nil)
		if err := w.keeper.RetryKeychain(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, first := w.slots(); first != w.flow.newest() || !w.account("acme").Saved {
			t.Fatalf("the keychain holds %q", first)
		}
	})
}

func TestMemoryOnlyFromTheStartLeavesTheKeychainAlone(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.MemoryOnly = true
		w.keychain.failing(func(op, key string) error {
			t.Errorf("%s %s in the keychain", op, key)
			return nil
		})
		w.run()
		w.wantStatus(account.SignedOut)
		w.signIn("acme")
		later(3 * time.Hour)
		w.wantStatus(account.SignedIn)
		if r := w.signOut(); !r.Deleted || !r.Revoked || len(w.memory.keys()) != 0 {
			t.Fatalf("%+v, memory holds %v", r, w.memory.keys())
		}
	})
}

func TestMemoryOnlyIsRefusedWhereTheKeychainWorks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		wantCode(t, w.keeper.UseMemoryOnly(t.Context()), fault.BadUsage)
	})
}

func TestMemoryOnlyAfterTheKeychainFailedForgetsItsCopyAtSignOut(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainLocked)
		_ = w.keeper.keychain.Delete(t.Context(), "any")
		if err := w.keeper.UseMemoryOnly(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := w.signOut(); r.Deleted || fault.CodeOf(r.Problem) != fault.KeychainLocked {
			t.Fatalf("%+v: the keychain still holds a copy", r)
		}
		w.keychain.failing(nil)
		later(time.Hour)
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
	})
}

func TestF18WhatWasDeletedByHandIsSignedOut(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.kept = map[string]string{}
		w.run()
		w.wantStatus(account.SignedOut)
	})
}

func TestF36ARecordThatCannotBeReadIsNotDeleted(t *testing.T) {
	for name, data := range map[string]string{
		"newer":   `{"v":2,"client_id":"client","refresh_token":"x","saved_at":"2026-01-01T00:00:00Z"}`,
		"corrupt": `{"v":1,`,
		"empty":   ``,
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.keychain.kept["session/acme"] = data
			w.run()
			a := w.wantStatus(account.SignedOut)
			if a.Problem == nil || a.Problem.Detail == "" {
				t.Errorf("%s: nobody says why: %+v", name, a)
			}
			later(time.Hour)
			if w.keychain.kept["session/acme"] != data {
				t.Errorf("%s: it was changed", name)
			}
			w.signIn("acme")
			w.wantStatus(account.SignedIn)
		})
	}
}

func TestA44AStoredSessionOfAnotherProviderIsNotUsed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		p := acme("acme")
		p.Issuer = "https://evil.example/"
		data, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		w.profiles.kept["acme"] = string(data) // edited by hand
		w.run()
		w.wantStatus(account.SignedOut)
		later(time.Hour)
		if n := len(w.flow.sent()); n != 0 {
			t.Fatalf("%d requests with the token of another provider", n)
		}
		w.addProfile("acme") // and back
		w.run()
		w.wantStatus(account.SignedIn)
	})
}

func TestF28AProfileThatCannotBeReadSaysSo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.keeps(t, firstKey("bad"), w.record())
		w.profiles.kept["bad"] = `{"keyfob_profile":1,`
		w.profiles.kept["other"] = w.profiles.kept["acme"]
		w.run()
		for _, id := range []string{"bad", "other"} {
			a := w.account(id)
			if a.Status != account.SignedOut || fault.CodeOf(a.Problem) != fault.BadProfile || a.Name != id {
				t.Fatalf("%+v", a)
			}
			_, err := w.keeper.Token(t.Context(), id, 0)
			wantCode(t, err, fault.BadProfile)
			wantCode(t, w.keeper.SignIn(t.Context(), id, false, nil), fault.BadProfile)
			_, err = w.keeper.Profile(t.Context(), id)
			wantCode(t, err, fault.BadProfile)
		}
		if err := w.keeper.Import(t.Context(), acme("bad"), false); err != nil {
			t.Fatal("a good file mends it:", err)
		}
		synctest.Wait()
		if a := w.account("bad"); a.Problem != nil || a.Name != "Acme bad" || a.Status != account.SignedIn {
			t.Fatalf("%+v", a)
		}
		if _, err := w.keeper.Remove(t.Context(), "other"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestNoConnectionOutlivesRun(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		if w.stop(); !slices.Equal(w.flow.order, []string{"idle"}) {
			t.Errorf("%q", w.flow.order)
		}
	})
}

// Whoever asks at once is not told that there is nothing.
func TestTheFirstOfAllIsToldWhatThereIs(t *testing.T) {
	asks := map[string]func(*testing.T, *Keeper) (found string, err error){
		"profile": func(t *testing.T, k *Keeper) (string, error) {
			p, err := k.Profile(t.Context(), "acme")
			return p.ID, err
		},
		"logout": func(t *testing.T, k *Keeper) (string, error) {
			page, err := k.BrowserLogout(t.Context(), "acme")
			return page, err
		},
		"snapshot": func(t *testing.T, k *Keeper) (found string, err error) {
			err = k.Known(t.Context())
			accounts, _ := k.Accounts()
			for _, a := range accounts {
				found += a.ID
			}
			return found, err
		},
	}
	for name, ask := range asks {
		inWorld(t, func(t *testing.T, w *world) {
			if found, err := ask(t, w.begin()); err != nil || found == "" {
				t.Errorf("%s: %q, %v", name, found, err)
			}
		})
	}
}

func TestAFolderThatCannotBeListedIsNoEmptyFolder(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.profiles.always(fault.DiskTrouble, "list")
		k := New(Options{Flow: w.flow, Keychain: w.keychain, Memory: w.memory, Profiles: w.profiles})
		wantCode(t, k.Run(t.Context()), fault.DiskTrouble)
		_, err := k.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.NoAgent)
		wantCode(t, k.Known(t.Context()), fault.NoAgent)
	})
}
