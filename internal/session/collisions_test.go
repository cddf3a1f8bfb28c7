package session

import (
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// What happens when two things want to change one account at the same time.

func TestARenewalThatWaitedForASignInLooksAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		caller := w.ask(t.Context(), false)
		w.sleeps(2 * time.Hour)
		w.keychain.wait = 5 * time.Second
		w.flow.callback <- nil
		later(time.Second) // the new session is being saved
		if a := w.token(0); a.Token.Reveal() != "access-2" {
			t.Fatalf("handed out %q", a.Token.Reveal())
		}
		if err := <-caller.done; err != nil {
			t.Fatal(err)
		}
		if sent := w.flow.sent(); len(sent) != 0 {
			t.Fatalf("sent %q, which belongs to the session before", sent)
		}
	})
}

func TestTheLoopJoinsTheRenewalOfACaller(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		later(3 * time.Hour)
		w.flow.change(func() { w.flow.err, w.flow.refreshes, w.flow.latency = nil, nil, 29*time.Second })
		go w.keeper.Token(t.Context(), "acme", 0)
		synctest.Wait()
		w.wantStatus(account.Offline) // one more try is no news
		w.sleeps(time.Hour)           // the loop wants a renewal after it
		later(time.Minute)
		w.wantStatus(account.SignedIn)
		if sent := w.flow.sent(); len(sent) != 1 {
			t.Fatalf("sent %q", sent)
		}
	})
}

func TestAnAttemptThatDoesNotEndIsNotAdopted(t *testing.T) {
	change := acme("acme")
	change.ClientID = "other"
	for name, end := range map[string]func(t *testing.T, k *Keeper) error{
		"cancel": func(_ *testing.T, k *Keeper) error { return k.Cancel("acme") },
		"remove": func(t *testing.T, k *Keeper) error { _, err := k.Remove(t.Context(), "acme"); return err },
		"import": func(t *testing.T, k *Keeper) error { return k.Import(t.Context(), change, true) },
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.flow.deaf = true
			w.run()
			caller := w.ask(t.Context(), false)
			begin := time.Now()
			if err := end(t, w.keeper); err != nil {
				t.Fatal(name, err)
			}
			if took := time.Since(begin); took > cancelTime+w.flow.latency {
				t.Fatalf("%s took %v", name, took)
			}
			w.flow.callback <- nil
			wantCode(t, <-caller.done, fault.SignInCancelled)
			if keys := w.keychain.keys(); len(keys) != 0 {
				t.Fatalf("%s: the keychain holds %v", name, keys)
			}
		})
	}
}

func TestARenewalThatMadeWayForNothingIsBegunAnew(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.hang, w.flow.deaf = true, true })
		caller := w.ask(t.Context(), false)
		later(51*time.Minute + time.Second)
		w.wantStatus(account.SigningIn)
		if err := w.keeper.Cancel("acme"); err != nil { // too late for the provider
			t.Fatal(err)
		}
		w.flow.callback <- nil
		wantCode(t, <-caller.done, fault.SignInCancelled)
		w.flow.change(func() { w.flow.hang, w.flow.current = false, "refresh-1" })
		later(loopSpacing + time.Second)
		if a := w.wantStatus(account.SignedIn); len(w.flow.sent()) != 2 || a.Until.Before(w.now()) {
			t.Fatalf("%+v after %q", a, w.flow.sent())
		}
	})
}

func TestASignInOutranksATokenThatNobodyJudged(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.spoil = fault.New(fault.TokenResponse) })
		later(51*time.Minute + time.Second)
		if next, _ := w.slots(); next != "refresh-2" {
			t.Fatalf("the second slot holds %q", next)
		}
		w.flow.change(func() { w.flow.spoil = nil })
		w.keychain.always(fault.KeychainFailed, "delete")
		w.signIn("acme")
		w.crash()
		later(time.Minute)
		w.wantStatus(account.SignedIn)
		if sent := w.flow.sent(); sent[len(sent)-1] == "refresh-2" || w.flow.reused() != 0 {
			t.Fatalf("sent %q", sent)
		}
	})
}

func TestACallerWaitsForAKeychainThatHangsOnlyOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.sleeps(2 * time.Hour)
		w.keychain.always(fault.KeychainSlow)
		w.keychain.wait = 10 * time.Second
		begin := time.Now()
		w.token(0)
		if took := time.Since(begin); took > 11*time.Second {
			t.Fatalf("took %v", took)
		}
	})
}
