package session

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func TestTokenComesFromMemory(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		a := w.token(time.Minute)
		until := w.now().Add(time.Hour).Round(0)
		if a.Token.Reveal() != "access-1" || a.Type != "Bearer" || a.Scope != "openid" || !a.Expiry.Equal(until) {
			t.Fatalf("handed out %+v", a)
		}
		if sent := w.flow.sent(); len(sent) != 0 {
			t.Fatalf("%d requests for a token in hand", len(sent))
		}
	})
}

func TestC38FiftyCallersOneRefresh(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.latency = time.Second })
		w.sleeps(time.Hour) // all of them find the token expired
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if a := w.token(time.Minute); a.Expiry.Sub(w.now()) < 59*time.Minute {
					t.Errorf("a caller got a token until %v", a.Expiry)
				}
			})
		}
		wg.Wait()
		if sent := w.flow.sent(); len(sent) != 1 {
			t.Fatalf("%d refreshes, want 1", len(sent))
		}
	})
}

func TestAWaiterLeavesAndTheRefreshGoesOn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.latency = 5 * time.Second })
		later(30 * time.Second)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		a, err := w.keeper.Token(ctx, "acme", 59*time.Minute+50*time.Second)
		if err != nil || a.Token.Reveal() != "access-1" {
			t.Fatalf("a caller who must go gets what there is, not %v, %v", a, err)
		}
		w.wantStatus(account.Renewing)
		later(5 * time.Second)
		w.wantStatus(account.SignedIn)
		if got := w.keychain.refreshToken(t, "session/acme"); got != "refresh-2" {
			t.Fatalf("the keychain holds %q after the caller left", got)
		}
	})
}

func TestF01OfflineServesWhatIsValidThenSaysOffline(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline, "host", "acme.eu.auth0.com") })
		later(59 * time.Minute)
		w.wantStatus(account.Offline)
		if a := w.token(10 * time.Minute); a.Token.Reveal() != "access-1" {
			t.Fatal("a valid token was not served while offline")
		}
		later(2 * time.Minute)
		_, err := w.keeper.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.Offline)

		w.flow.change(func() { w.flow.err = nil })
		later(callerSpacing)
		if a := w.token(0); a.Token.Reveal() != "access-2" {
			t.Fatalf("back online: %v", a)
		}
		w.wantStatus(account.SignedIn)
	})
}

func TestA29CallersCauseOneRequestInTenSeconds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		w.sleeps(2 * time.Hour)
		begin := time.Now()
		for time.Since(begin) < time.Minute {
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, fault.Offline)
			later(100 * time.Millisecond)
		}
		if n := len(w.flow.sent()); n < 5 || n > 7 {
			t.Fatalf("%d requests in a minute of asking", n)
		}
	})
}

func TestMinValidBeyondTheLifetimeIsNoStorm(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.lifetime = 5 * time.Minute
		w.run()
		w.signIn("acme")
		begin := time.Now()
		for time.Since(begin) < time.Hour {
			a := w.token(24 * time.Hour)
			if a.Expiry.Sub(w.now()) < 3*time.Minute {
				t.Fatalf("not the best token: it has %v left", a.Expiry.Sub(w.now()))
			}
			if a.Note == nil || a.Note.Code != fault.ShortLived || a.Note.Until.IsZero() {
				t.Fatalf("nothing is said about it: %v", a.Note)
			}
			later(time.Second)
		}
		if n := len(w.flow.sent()); n > 61 { // not more than one in a fifth of the lifetime
			t.Fatalf("%d refreshes in an hour", n)
		}
	})
}

func TestMinValidWithinTheLifetimeIsHonoured(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.lifetime = 5 * time.Minute
		w.run()
		w.signIn("acme")
		later(2 * time.Minute)
		if a := w.token(4 * time.Minute); a.Expiry.Sub(w.now()) < 4*time.Minute {
			t.Fatalf("asked for 4 minutes, got %v", a.Expiry.Sub(w.now()))
		}
	})
}

func TestNobodySignedInOpensNoBrowser(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		for range 20 {
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, fault.SignedOutLocal)
			if id := fault.Of(err).Args["id"]; id != "acme" {
				t.Fatalf("it is about %q", id)
			}
		}
		if w.flow.signIns != 0 {
			t.Fatal("asking for a token began a sign-in")
		}
	})
}

func TestUnknownAccountNamesTheNearest(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.addProfile("demo")
		w.run()
		_, err := w.keeper.Token(t.Context(), "acmee", 0)
		wantCode(t, err, fault.ProfileUnknown)
		args := fault.Of(err).Args
		if args["id"] != "acmee" || args["nearest"] != "acme" || args["known"] != "acme, demo" {
			t.Fatalf("args: %v", args)
		}
	})
}

func TestTokenWaitsForTheKeychainWithinItsContext(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.wait = 3 * time.Second
		w.begin()
		synctest.Wait()
		w.wantStatus(account.Loading)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.keeper.Token(ctx, "acme", 0); err == nil {
			t.Fatal("a token before the keychain has answered")
		}
		if a := w.token(0); a.Token.Empty() {
			t.Fatal("no token after it has")
		}
	})
}

func TestATokenThatIsExpiredAtOnceIsNoStorm(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.lifetime = 2 * time.Second
		w.run()
		w.signIn("acme")
		later(5 * time.Second)
		_, err := w.keeper.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.RateLimited)
		later(callerSpacing)
		w.token(0)
		if n := len(w.flow.sent()); n != 1 {
			t.Fatalf("%d refreshes", n)
		}
	})
}

func TestTokenAfterTheEndSaysNobodyIsThere(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		k := w.run()
		w.signIn("acme")
		w.sleeps(2 * time.Hour)
		w.stop()
		_, err := k.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.NoAgent)
		wantCode(t, k.SignIn(t.Context(), "acme", false, nil), fault.NoAgent)
		_, err = k.SignOut(t.Context(), "acme")
		wantCode(t, err, fault.NoAgent)
	})
}

// What Available says is what Token would say, without a request.
func TestAvailableTellsWithoutARequest(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		says := func(want fault.Code) {
			t.Helper()
			sent := len(w.flow.sent())
			err := w.keeper.Available(t.Context(), "acme")
			synctest.Wait()
			if fault.CodeOf(err) != want || len(w.flow.sent()) != sent {
				t.Fatalf("got %v, want %q; %d requests", err, want, len(w.flow.sent())-sent)
			}
		}
		w.run()
		says(fault.SignedOutLocal)
		w.signIn("acme")
		says("")
		w.run() // the session is there, and no access token yet
		says("")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		later(time.Minute)
		says(fault.Offline) // it will go on by itself
		w.flow.change(func() { w.flow.err = nil })
		later(time.Hour)
		says("")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		later(time.Minute)
		says("") // the token in hand is good
		w.flow.change(func() { w.flow.err = fault.New(fault.SignInRequired) })
		later(2 * time.Hour)
		says(fault.SignInRequired)
		if err := w.keeper.Available(t.Context(), "acm"); fault.CodeOf(err) != fault.ProfileUnknown {
			t.Fatal(err)
		}
	})
}

func TestAvailableOfAMachine(t *testing.T) {
	inMachineWorld(t, 2, func(t *testing.T, w *world) {
		says := func(want fault.Code) {
			t.Helper()
			before := len(w.flow.fetched())
			err := w.keeper.Available(t.Context(), "acme")
			if synctest.Wait(); fault.CodeOf(err) != want {
				t.Fatalf("got %v, want %q", err, want)
			}
			w.wantFetched(before)
		}
		w.run()
		says(fault.SecretMissing)
		w.give()
		says("") // it may be asked for
		w.flow.change(func() { w.flow.err = fault.New(fault.ProviderTrouble) })
		w.refusedWith(fault.ProviderTrouble)
		says(fault.ProviderTrouble)
		later(time.Minute)
		says("") // again: nobody else would ask
		w.flow.change(func() { w.flow.err = nil })
		w.token(0)
		says("")
		later(25 * time.Hour)
		says("")
		w.token(0)
		says("") // the last of the month is in hand
		later(25 * time.Hour)
		says(fault.CapReached)
	})
}
