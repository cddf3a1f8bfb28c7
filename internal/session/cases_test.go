package session

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// Cases of the catalogue that concern the Keeper as a whole, one after the other.

func TestF02BehindAPortalNobodyIsSignedOut(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.refuse = fault.New(fault.Portal, "host", "acme.eu.auth0.com") })
		later(61 * time.Minute)
		if a := w.wantStatus(account.Offline); a.Problem.Code != fault.Portal || a.Who == nil || !a.Saved {
			t.Fatalf("%+v", a)
		}
		_, err := w.keeper.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.Portal)
		w.flow.change(func() { w.flow.refuse = nil }) // somebody has signed in to the network
		later(callerSpacing)
		w.token(0)
		w.wantStatus(account.SignedIn)
	})
}

func TestF03WhatIsWrongWithTheConnectionIsNamed(t *testing.T) {
	for _, why := range []*fault.Error{
		fault.New(fault.TLSFailure, "host", "acme.eu.auth0.com").Because(errors.New("its certificate has expired")),
		fault.New(fault.Offline, "host", "acme.eu.auth0.com").Because(errors.New("the proxy p:1 answered 407")),
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			w.flow.change(func() { w.flow.refuse = why })
			later(61 * time.Minute)
			if p := w.wantStatus(account.Offline).Problem; p.Code != why.Code || p.Detail == "" || p.Detail != why.Detail {
				t.Fatalf("%+v", p)
			}
		})
	}
}

func TestF06TheLoopBacksOffAndTheTokenStays(t *testing.T) {
	for _, code := range []fault.Code{fault.ProviderTrouble, fault.RateLimited, fault.TokenResponse} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			w.flow.change(func() { w.flow.refuse = fault.New(code) })
			later(51*time.Minute + time.Second)
			var gaps []time.Duration
			for last, n := time.Now(), 1; len(gaps) < 8; later(time.Second) {
				if len(w.flow.sent()) > n {
					n, gaps = n+1, append(gaps, time.Since(last))
					last = time.Now()
				}
			}
			for i, gap := range gaps {
				most := min(loopSpacing<<i*5/4, troubleMost*5/4) + 2*time.Second
				if gap < loopSpacing || gap > most || i > 0 && i < 6 && gap < gaps[i-1]*3/2 {
					t.Fatalf("%s: pauses of %v", code, gaps)
				}
			}
			if _, first := w.slots(); first != "refresh-1" {
				t.Fatalf("the first slot holds %q", first)
			}
		})
	}
}

func TestF06JitterSpreadsTheRetries(t *testing.T) {
	var first [2]time.Duration
	for i, jitter := range []float64{0, 0.99} {
		inWorld(t, func(t *testing.T, w *world) {
			w.jitter = jitter
			w.run()
			w.signIn("acme")
			w.flow.change(func() { w.flow.refuse = fault.New(fault.ProviderTrouble) })
			for len(w.flow.sent()) == 0 {
				later(time.Second)
			}
			later(time.Second)
			first[i] = w.keeper.entries["acme"].renew.After
		})
	}
	if first[0] != loopSpacing || first[1] <= first[0] {
		t.Fatalf("pauses of %v: chance plays no part", first)
	}
}

func TestF07AQuotaIsWaitedForAsLongAsTheProviderSays(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{
		8 * time.Hour: 8 * time.Hour, 300 * time.Hour: 24 * time.Hour, 0: 0,
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			later(50 * time.Minute)
			quota := fault.New(fault.QuotaExhausted, "host", "acme.eu.auth0.com")
			if asked > 0 {
				quota.Until = w.now().Add(asked + time.Minute)
			} else {
				want = quotaPause
			}
			w.flow.change(func() { w.flow.refuse = quota })
			later(11 * time.Minute)
			if a := w.wantStatus(account.Limited); a.Problem.Code != fault.QuotaExhausted {
				t.Fatalf("%+v", a)
			}
			for range 50 { // no extra requests, whoever asks
				_, err := w.keeper.Token(t.Context(), "acme", 0)
				wantCode(t, err, fault.QuotaExhausted)
				later(want/50 - 15*time.Second)
			}
			if n := len(w.flow.sent()); n != 1 {
				t.Fatalf("%d requests within %v", n, want)
			}
			w.flow.change(func() { w.flow.refuse = nil })
			later(2 * time.Hour)
			w.wantStatus(account.SignedIn)
		})
	}
}

// A keychain that says yes and saves nothing is found out by storage, which reads back what it wrote, and reported as a
// failure: here it counts as one.
func TestF17AWriteThatReadsBackDifferentlyIsAFailure(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainFailed, "save")
		later(52 * time.Minute)
		a := w.wantStatus(account.SignedIn)
		if a.Saved || a.Notices[0].Code != fault.NotSaved || w.token(0).Token.Reveal() != "access-2" {
			t.Fatalf("%+v", a)
		}
		if got := w.record().refresh.Reveal(); got != "refresh-2" {
			t.Fatalf("memory holds %q", got)
		}
		w.keychain.failing(nil)
		later(2 * resaveMost)
		if _, first := w.slots(); first != "refresh-2" || !w.account("acme").Saved {
			t.Fatalf("the first slot holds %q", first)
		}
	})
}

func TestF20ATabThatWasClosedEndsInTime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		caller := w.ask(t.Context(), false)
		w.flow.callback <- fault.New(fault.SignInTimeout, "redirect_uri", "http://127.0.0.1:1/callback")
		wantCode(t, <-caller.done, fault.SignInTimeout)
		if a := w.wantStatus(account.SignedIn); a.Attempt != nil || a.Who == nil {
			t.Fatalf("the old session is untouched: %+v", a)
		}
		caller = w.ask(t.Context(), false)
		if err := w.keeper.Cancel("acme"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, <-caller.done, fault.SignInCancelled)
		w.wantStatus(account.SignedIn)
	})
}

// Ten callers at the moment of expiry, ten times.
func TestF25OneRequestInEachRound(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.lifetime = time.Minute
		w.run()
		w.signIn("acme")
		for round := range 10 {
			w.flow.change(func() { w.flow.refreshes = nil })
			w.sleeps(61 * time.Second)
			var tools sync.WaitGroup
			for range 10 {
				tools.Go(func() { w.token(30 * time.Second) })
			}
			tools.Wait()
			if n := len(w.flow.sent()); n != 1 || w.flow.reused() != 0 {
				t.Fatalf("round %d: %d requests, %d reuses", round, n, w.flow.reused())
			}
			later(callerSpacing)
		}
	})
}

func TestF30AScopeThatShrinksIsShown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.notices = []*fault.Error{fault.New(fault.ScopeReduced, "missing", "read:orders")} })
		later(55 * time.Minute)
		a := w.wantStatus(account.SignedIn)
		if len(a.Notices) != 1 || a.Notices[0].Args["missing"] != "read:orders" {
			t.Fatalf("%+v", a.Notices)
		}
		w.flow.change(func() { w.flow.notices = nil })
		later(time.Hour)
		if a := w.wantStatus(account.SignedIn); len(a.Notices) != 0 {
			t.Fatalf("%+v", a.Notices)
		}
	})
}

func TestF31WithoutANewRefreshTokenTheOldOneStays(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.rotates = false
		w.run()
		w.signIn("acme")
		before := w.keychain.saves
		later(55 * time.Minute)
		a := w.wantStatus(account.SignedIn)
		if _, first := w.slots(); first != "refresh-1" || !a.Renews || !a.Saved || w.keychain.saves != before {
			t.Fatalf("the first slot holds %q after %d writes, %+v", first, w.keychain.saves-before, a)
		}
	})
	inWorld(t, func(t *testing.T, w *world) { // at a sign-in
		w.run()
		w.flow.change(func() { w.flow.oneTime, w.flow.notices = true, []*fault.Error{fault.New(fault.CannotRenew)} })
		w.signIn("acme")
		if a := w.wantStatus(account.SignedIn); a.Renews || len(a.Notices) != 1 || a.Notices[0].Code != fault.CannotRenew {
			t.Fatalf("%+v", a)
		}
	})
}

// The provider describes itself anew, with an address that nobody approved: nothing is sent there (see oauthflow), the
// sign-in stays, and approving it is changing the profile.
func TestF33ANewHostWaitsForApproval(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() {
			w.flow.refuse = fault.New(fault.ForeignEndpoint, "field", "jwks_uri", "host", "new.example")
		})
		later(24 * time.Hour)
		a := w.wantStatus(account.Trouble)
		if a.Problem.Code != fault.ForeignEndpoint || a.Problem.Args["host"] != "new.example" || a.Who == nil || !a.Saved {
			t.Fatalf("%+v", a)
		}
		w.flow.change(func() { w.flow.refuse = nil })
		p := acme("acme")
		p.JWKSURI = "https://new.example/keys" // the new host is approved
		if err := w.keeper.Import(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		w.wantStatus(account.SignedIn)
	})
}

// Whatever goes wrong, and whoever asks: nothing but a person's click begins a sign-in. What has changed is told, and
// not every try.
func TestF08NothingInTheBackgroundOpensABrowserAndNoticesAreFew(t *testing.T) {
	for _, why := range []*fault.Error{
		fault.New(fault.SignInRequired), fault.New(fault.Offline), fault.New(fault.ProviderTrouble),
		fault.New(fault.RateLimited), fault.New(fault.ClientRefused), fault.New(fault.DifferentPerson), lostAnswer(),
	} {
		inWorld(t, func(t *testing.T, w *world) {
			k := w.run()
			w.signIn("acme")
			var news []string
			var watching sync.WaitGroup
			watching.Go(func() {
				last := ""
				for s := range w.hub.Watch(t.Context()) {
					a := s.Accounts[0]
					now := string(a.Status) + " " + string(fault.CodeOf(orNil(a.Problem)))
					if now != last {
						news, last = append(news, now), now
					}
				}
			})
			w.flow.change(func() { w.flow.refuse = why })
			for range 1000 {
				_, _ = k.Token(t.Context(), "acme", time.Hour)
				later(time.Minute)
			}
			w.stop()
			watching.Wait()
			if w.flow.signIns != 1 {
				t.Fatalf("%s: %d sign-ins", why.Code, w.flow.signIns)
			}
			if len(news) > 5 { // signed in, renewing, what is wrong; in doubt, offline comes before
				t.Fatalf("%s: told %d times: %q …", why.Code, len(news), news[:6])
			}
		})
	}
}

func TestF26KilledBeforeTheAnswerTheOldTokenIsTried(t *testing.T) {
	for _, acted := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			w.flow.loses(1, acted)
			w.flow.change(func() { w.flow.latency = time.Second })
			later(51*time.Minute + 500*time.Millisecond)
			if n := len(w.flow.sent()); n != 1 {
				t.Fatalf("%d requests", n)
			}
			w.stop() // nothing is tried again while Keyfob ends
			w.run()
			later(time.Minute)
			want := account.SignedIn
			if acted {
				want = account.NeedsSignIn
			}
			w.wantStatus(want)
			later(24 * time.Hour)
			if acted && len(w.flow.sent()) != 2 {
				t.Fatalf("sent %q", w.flow.sent())
			}
		})
	}
}

func TestC39LookAgainBeforeRefreshing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		k := w.run()
		w.signIn("acme")
		e := k.entries["acme"]
		if err := e.writing.Acquire(t.Context()); err != nil { // somebody changes the session
			t.Fatal(err)
		}
		w.sleeps(2 * time.Hour)
		go k.Token(t.Context(), "acme", 0)
		synctest.Wait()
		k.mu.Lock()
		now := k.now()
		e.holding.(*person).signedInLocked(&signedIn{
			record: record{refresh: secret.New("other")},
			hand:   hand{access: secret.New("access-other"), lifetime: time.Hour, issued: now, held: now},
		}, now, time.Hour)
		k.mu.Unlock()
		e.writing.Release()
		synctest.Wait()
		if sent := w.flow.sent(); len(sent) != 0 {
			t.Fatalf("sent %q for a session that another has replaced", sent)
		}
		if a := w.token(0); a.Token.Reveal() != "access-other" {
			t.Fatalf("handed out %q", a.Token.Reveal())
		}
	})
}
