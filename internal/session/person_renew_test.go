package session

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func TestC42RenewsBetween80And90Percent(t *testing.T) {
	for _, jitter := range []float64{0, 0.5, 0.999} {
		inWorld(t, func(t *testing.T, w *world) {
			w.jitter = jitter
			w.run()
			w.signIn("acme")
			by := w.account("acme").RenewsBy.Sub(w.now())
			if by < 48*time.Minute || by > 54*time.Minute {
				t.Fatalf("says that it renews in %v", by)
			}
			later(48*time.Minute - time.Second)
			if n := len(w.flow.sent()); n != 0 {
				t.Fatal("renewed before 80 % of the lifetime")
			}
			later(6*time.Minute + time.Second)
			if n := len(w.flow.sent()); n != 1 {
				t.Fatalf("%d renewals at 90 %% of the lifetime", n)
			}
		})
	}
}

func TestRenewsForADayWithoutAnybodyAsking(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		later(24 * time.Hour)
		if n := len(w.flow.sent()); n < 26 || n > 30 {
			t.Fatalf("%d renewals of one-hour tokens in a day", n)
		}
		if a := w.token(0); a.Expiry.Before(w.now()) || w.flow.reused() != 0 {
			t.Fatalf("token until %v, %d reuses", a.Expiry, w.flow.reused())
		}
	})
}

func TestA29TheLoopRenewsOnceInThirtySeconds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.lifetime = 5 * time.Second
		w.run()
		w.signIn("acme")
		later(10 * time.Minute)
		if n := len(w.flow.sent()); n < 15 || n > 20 {
			t.Fatalf("%d renewals in ten minutes", n)
		}
	})
}

// A table of what a provider may answer to a renewal, and what follows.
func TestWhatAFailedRenewalMeans(t *testing.T) {
	soon := time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC) // bubbles begin at midnight of that day
	cases := []struct {
		name        string
		err         *fault.Error
		status      account.Status
		atMostInDay int // requests by the loop while it fails
		callerAsks  bool
	}{
		{"F1 offline", fault.New(fault.Offline), account.Offline, 150, true},
		{"F2 portal", fault.New(fault.Portal), account.Offline, 150, true},
		{"F3 TLS", fault.New(fault.TLSFailure), account.Offline, 150, true},
		{"F6 5xx", fault.New(fault.ProviderTrouble, "status", "503"), account.Trouble, 60, true},
		{"F6 Retry-After", fault.New(fault.ProviderTrouble).WithUntil(soon), account.Trouble, 2900, false},
		{"F6 429", fault.New(fault.RateLimited), account.Limited, 60, false},
		{"F7 quota", fault.New(fault.QuotaExhausted), account.Limited, 24, false},
		{"F8 invalid_grant", fault.New(fault.SignInRequired), account.NeedsSignIn, 1, false},
		{"F9 invalid_client", fault.New(fault.ClientRefused), account.Trouble, 1, false},
		{"F21 somebody else", fault.New(fault.DifferentPerson), account.NeedsSignIn, 1, false},
		{"A30 nonsense", fault.New(fault.TokenResponse), account.Trouble, 60, true},
		{"unknown", fault.New(fault.Internal), account.Trouble, 60, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.run()
				w.signIn("acme")
				w.flow.change(func() { w.flow.refuse = c.err })
				later(55 * time.Minute)
				a := w.wantStatus(c.status)
				if fault.CodeOf(a.Problem) != c.err.Code || a.Who == nil {
					t.Fatalf("problem %v, who %v", a.Problem, a.Who)
				}
				w.token(0) // the token in hand is served as long as it lasts
				later(15 * time.Minute)
				before := len(w.flow.sent())
				_, err := w.keeper.Token(t.Context(), "acme", 0)
				wantCode(t, err, c.err.Code)
				if asked := len(w.flow.sent()) > before; asked != c.callerAsks {
					t.Fatalf("a caller caused a request: %v", asked)
				}
				later(23 * time.Hour)
				if n := len(w.flow.sent()); n > c.atMostInDay {
					t.Fatalf("%d requests in a day, want at most %d", n, c.atMostInDay)
				}
				if got := w.keychain.refreshToken(t, "session/acme"); got != "refresh-1" {
					t.Fatalf("the keychain holds %q: a failure must not lose the token", got)
				}
			})
		})
	}
}

func TestC44RetryAfterIsHonouredAndCapped(t *testing.T) {
	for _, c := range []struct{ asked, atLeast, atMost time.Duration }{
		{5 * time.Minute, 5 * time.Minute, 6 * time.Minute},
		{30 * 24 * time.Hour, time.Hour, 61 * time.Minute},
		{-time.Hour, loopSpacing, 61 * time.Second},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			later(50 * time.Minute)
			until := w.now().Add(c.asked + 61*time.Second)
			w.flow.change(func() { w.flow.refuse = fault.New(fault.RateLimited).WithUntil(until) })
			later(61 * time.Second)
			w.wantStatus(account.Limited)
			w.flow.change(func() { w.flow.refuse = nil })
			later(c.atLeast - time.Second)
			w.wantStatus(account.Limited)
			later(c.atMost - c.atLeast + time.Second)
			w.wantStatus(account.SignedIn)
		})
	}
}

func TestC43InvalidGrantIsBelievedAfterALookIntoTheStore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.refuse = fault.New(fault.SignInRequired, "said", "expired") })
		later(2 * time.Hour)
		a := w.wantStatus(account.NeedsSignIn)
		if a.Problem.Args["said"] != "expired" || len(w.flow.sent()) != 1 {
			t.Fatalf("problem %v after %d requests", a.Problem, len(w.flow.sent()))
		}
		if got := w.keychain.refreshToken(t, "session/acme"); got != "refresh-1" {
			t.Fatalf("the keychain holds %q; the token is kept until the next sign-in", got)
		}
		w.flow.change(func() { w.flow.refuse = nil })
		w.signIn("acme")
		w.wantStatus(account.SignedIn)
		if got := w.keychain.refreshToken(t, "session/acme"); got == "refresh-1" {
			t.Fatal("the sign-in did not replace the old token")
		}
	})
}

func TestF08TheStoredTokenIsTriedWhenOursIsRefused(t *testing.T) {
	for _, slot := range []string{"session/acme", "session/acme/next"} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			// Somebody restored the keychain of another run, and the provider knows only that token.
			w.flow.change(func() { w.flow.current, w.flow.rotates, w.flow.forgives = "restored", false, true })
			r := w.record()
			r.refresh = secretOf("restored")
			w.keychain.keeps(t, slot, r)
			later(55 * time.Minute)
			w.wantStatus(account.SignedIn)
			if sent := w.flow.sent(); len(sent) != 2 || sent[1] != "restored" {
				t.Fatalf("sent %q", sent)
			}
			if next, first := w.slots(); next != "" || first != "restored" {
				t.Fatalf("slots hold %q and %q", next, first)
			}
		})
	}
}

func TestF11OneRefreshPerAccountAfterTwoDaysOfSleep(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.addProfile("beta")
		w.run()
		w.signIn("acme")
		w.sleeps(48 * time.Hour)
		w.flow.change(func() { w.flow.latency = time.Second })
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { w.token(time.Minute) })
		}
		wg.Wait()
		later(time.Minute)
		if want := []string{"idle", "refresh"}; !slices.Equal(w.flow.order, want) {
			t.Fatalf("%q: idle connections are closed, and then one request is made", w.flow.order)
		}
	})
}

func TestC42WakesUpByItself(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.sleeps(8 * time.Hour)
		later(lookAgain + time.Second)
		if n := len(w.flow.sent()); n != 1 {
			t.Fatalf("%d refreshes %v after waking up", n, lookAgain)
		}
		w.wantStatus(account.SignedIn)
	})
}

func TestOfflineBeforeSleepIsForgottenAfter(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		later(3 * time.Hour) // the pauses have grown to minutes
		w.flow.change(func() { w.flow.err = nil })
		w.sleeps(30 * time.Second) // a nap, shorter than the pause
		later(lookAgain + 2*time.Second)
		w.wantStatus(account.SignedIn)
	})
}

func TestASignInThatCannotRenewLapses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.flow.oneTime = true
		w.signIn("acme")
		if a := w.wantStatus(account.SignedIn); a.Renews || a.Saved || len(a.Notices) != 0 || len(w.keychain.keys()) != 0 {
			t.Fatalf("%+v, stored %v", a, w.keychain.keys())
		}
		w.token(2 * time.Hour)
		later(time.Hour - time.Second)
		w.wantStatus(account.SignedIn)
		later(2 * time.Second)
		a := w.wantStatus(account.NeedsSignIn)
		if fault.CodeOf(a.Problem) != fault.CannotRenew || a.Renews || len(w.flow.sent()) != 0 {
			t.Fatalf("%+v after %d requests", a, len(w.flow.sent()))
		}
	})
}

func TestNobodySignedInMeansNoTimer(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, id := range []string{"b", "c", "d", "e", "f", "g"} {
			w.addProfile(id)
		}
		k := w.run()
		later(time.Minute)
		if n := w.flow.prepared(); n != 7 {
			t.Fatalf("prepared %d", n)
		}
		k.mu.Lock()
		quiet := k.clock.lookBy.Sub(w.now())
		k.mu.Unlock()
		if quiet < 12*time.Hour {
			t.Fatalf("with nobody signed in the loop wants to wake up in %v", quiet)
		}
	})
}

func TestPreparationIsRetriedQuietly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.err = fault.New(fault.Offline)
		w.run()
		later(24 * time.Hour)
		if n := w.flow.prepared(); n < 20 || n > 60 {
			t.Fatalf("%d tries in a day offline", n)
		}
		a := w.wantStatus(account.SignedOut)
		if a.Problem != nil {
			t.Fatalf("a preparation that fails is nobody's problem yet: %v", a.Problem)
		}
		w.flow.change(func() { w.flow.err, w.flow.prepares = nil, nil })
		later(24 * time.Hour)
		if n := w.flow.prepared(); n < 2 || n > 3 {
			t.Fatalf("%d preparations in a day online", n)
		}
	})
}

func TestAtMostFewRequestsAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.latency = time.Second
		for i := range 40 {
			w.addProfile("p" + string(rune('a'+i/10)) + string(rune('0'+i%10)))
		}
		w.begin()
		synctest.Wait()
		if n := w.flow.prepared(); n != preparingMost {
			t.Fatalf("%d preparations at once", n)
		}
		later(11 * time.Second)
		if n := w.flow.prepared(); n != 41 {
			t.Fatalf("%d of 41 prepared", n)
		}
	})
}
