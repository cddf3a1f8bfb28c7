package session

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/oauthflow"
)

func (w *world) signOut() account.SignOutReport {
	w.t.Helper()
	report, err := w.keeper.SignOut(w.t.Context(), "acme")
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

func TestC52SignOutRevokesAndDeletesAndSaysUntilWhenTheTokenLives(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		until := w.now().Add(time.Hour).Round(0)
		later(time.Minute)
		r := w.signOut()
		if !r.Revoked || !r.Deleted || r.NoRevoke || r.Problem != nil || !r.ValidUntil.Equal(until) {
			t.Fatalf("%+v, want it valid until %v", r, until)
		}
		if gone := w.flow.gone(); !slices.Equal(gone, []string{"refresh-1"}) || len(w.keychain.keys()) != 0 {
			t.Fatalf("revoked %q, the keychain holds %v", gone, w.keychain.keys())
		}
		if a := w.wantStatus(account.SignedOut); a.Who != nil || a.Problem != nil || !a.Until.IsZero() || a.Renews {
			t.Fatalf("%+v", a)
		}
		_, err := w.keeper.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.SignedOutLocal)
		later(24 * time.Hour)
		if n := len(w.flow.sent()); n != 0 {
			t.Fatalf("%d renewals of a session that is over", n)
		}
		if r := w.signOut(); !r.Deleted || !r.NoRevoke || r.Revoked {
			t.Fatalf("nobody signed in: %+v", r)
		}
	})
}

func TestC52OfflineItIsDeletedAllTheSame(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		r := w.signOut()
		if r.Revoked || r.NoRevoke || !r.Deleted || fault.CodeOf(r.Problem) != fault.RevokeFailed {
			t.Fatalf("%+v", r)
		}
		if r.Problem.Args["host"] != "acme.eu.auth0.com" || r.Problem.Until.IsZero() ||
			!errors.Is(r.Problem, fault.New(fault.Offline)) {
			t.Fatalf("problem: %+v because %v", r.Problem, r.Problem.Unwrap())
		}
		if next, first := w.slots(); next != "" || first != "" || w.account("acme").Status != account.SignedOut {
			t.Fatalf("the slots hold %q and %q", next, first)
		}
	})
}

func TestC52AProviderThatHangsDoesNotKeepAnybody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.latency = time.Hour })
		begin := time.Now()
		r := w.signOut()
		if took := time.Since(begin); took != revokeDeadline || r.Revoked || !r.Deleted {
			t.Fatalf("%+v after %v", r, took)
		}
	})
}

func TestNoRevocationEndpointIsNoFailure(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.err = oauthflow.ErrNoRevocation })
		if r := w.signOut(); r.Revoked || !r.NoRevoke || !r.Deleted || r.Problem != nil {
			t.Fatalf("%+v", r)
		}
	})
}

func TestF37WhatCannotBeDeletedIsOverwritten(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainFailed, "delete")
		if r := w.signOut(); !r.Deleted || !r.Revoked {
			t.Fatalf("%+v", r)
		}
		if got := w.keychain.refreshToken(t, "session/acme"); got != "" {
			t.Fatalf("the keychain holds %q", got)
		}
		w.keychain.failing(nil)
		w.run()
		w.wantStatus(account.SignedOut)
		later(time.Minute)
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
	})
}

func TestF37ASignOutThatTheKeychainRefusesIsSaidAndFinishedLater(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainLocked)
		r := w.signOut()
		if !r.Revoked || r.Deleted || fault.CodeOf(r.Problem) != fault.KeychainLocked {
			t.Fatalf("%+v", r)
		}
		w.wantStatus(account.SignedOut)
		w.keychain.failing(nil)
		later(20 * time.Minute)
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
		w.wantStatus(account.SignedOut)
	})
}

func TestSignOutOfALockedKeychainChangesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainLocked)
		w.run()
		w.wantStatus(account.KeychainLocked)
		r := w.signOut()
		if r.Revoked || r.NoRevoke || r.Deleted || fault.CodeOf(r.Problem) != fault.KeychainLocked {
			t.Fatalf("%+v", r)
		}
		w.wantStatus(account.KeychainLocked)

		w.keychain.failing(nil) // unlocked when the keychain asked
		if r := w.signOut(); !r.Revoked || !r.Deleted {
			t.Fatalf("%+v", r)
		}
	})
}

func TestSignOutWaitsForTheRenewalAndRevokesWhatItBrought(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.latency = 2 * time.Second })
		later(51*time.Minute + time.Second)
		w.wantStatus(account.Renewing)
		done := make(chan account.SignOutReport, 1)
		go func() { done <- w.signOut() }()
		synctest.Wait()
		w.wantStatus(account.SigningOut)
		if r := <-done; !r.Revoked || !r.Deleted {
			t.Fatalf("%+v", r)
		}
		if gone := w.flow.gone(); !slices.Equal(gone, []string{"refresh-2"}) || len(w.keychain.keys()) != 0 {
			t.Fatalf("revoked %q, the keychain holds %v", gone, w.keychain.keys())
		}
	})
}

func TestSignOutEndsAnAttempt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		caller := w.ask(t.Context(), false)
		w.signOut()
		wantCode(t, <-caller.done, fault.SignInCancelled)
		w.wantStatus(account.SignedOut)
	})
}

func TestASignOutGoesOnWithoutItsCaller(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.latency = 5 * time.Second })
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if _, err := w.keeper.SignOut(ctx, "acme"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		w.wantStatus(account.SigningOut)
		later(5 * time.Second)
		w.wantStatus(account.SignedOut)
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
	})
}
