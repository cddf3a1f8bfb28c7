package session

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// Answers of a provider that are wrong, or about somebody else, and what becomes of the session. What a wrong answer is
// is decided in oauthflow.

func TestA28WhatIsPendingOutlivesACrash(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.spoil = fault.New(fault.TokenResponse, "said", "token_type") })
		later(52 * time.Minute)
		w.wantStatus(account.Trouble)
		if next, first := w.slots(); next != w.flow.newest() || next == "refresh-1" || first != "refresh-1" {
			t.Fatalf("slots hold %q and %q", next, first)
		}
		w.flow.change(func() { w.flow.spoil = nil })
		w.crash()
		later(10 * time.Minute)
		w.wantStatus(account.SignedIn)
		if next, first := w.slots(); next != "" || first != w.flow.newest() || w.flow.reused() != 0 {
			t.Fatalf("slots hold %q and %q after %d reuses", next, first, w.flow.reused())
		}
	})
}

// Whatever a provider says of its tokens' lifetime, and however often callers ask: renewals keep their distance, and no
// token is handed out for ever.
func TestA29RenewalsKeepTheirDistance(t *testing.T) {
	for _, c := range []struct {
		lifetime time.Duration
		asks     bool // a caller, every second
		distance time.Duration
	}{
		{time.Nanosecond, false, loopSpacing}, {time.Second, false, loopSpacing}, {29 * time.Second, false, loopSpacing},
		{time.Nanosecond, true, callerSpacing}, {time.Second, true, callerSpacing}, {11 * time.Second, true, callerSpacing},
		{365 * 24 * time.Hour, true, time.Hour},
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.jitter = 0
			w.flow.lifetime = c.lifetime
			w.run()
			w.signIn("acme")
			last, seen := w.now(), 0
			for range 600 {
				later(time.Second)
				if c.asks {
					a, err := w.keeper.Token(t.Context(), "acme", 0)
					if err == nil && (a.Expiry.IsZero() || a.Expiry.After(w.now().Add(c.lifetime))) {
						t.Fatalf("%v: handed out until %v", c.lifetime, a.Expiry)
					}
				}
				if n := len(w.flow.sent()); n != seen {
					if since := w.now().Sub(last); n != seen+1 || since < c.distance-time.Second {
						t.Fatalf("%v, asking %v: %d renewals within %v", c.lifetime, c.asks, n-seen, since)
					}
					last, seen = w.now(), n
				}
			}
			if seen == 0 && c.lifetime < time.Minute {
				t.Fatalf("%v: nothing was renewed", c.lifetime)
			}
		})
	}
}

func TestA30NonsenseLeavesTheSessionAsItWas(t *testing.T) {
	for _, code := range []fault.Code{fault.TokenResponse, fault.Portal, fault.IDTokenInvalid, fault.ClockWrong} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			before := maps.Clone(w.keychain.kept)
			w.flow.change(func() { w.flow.refuse = fault.New(code) })
			later(58 * time.Minute)
			a := w.account("acme")
			if fault.CodeOf(a.Problem) != code || !a.Status.HasSession() || a.Who.Subject != "ada" {
				t.Fatalf("%s: %+v", code, a)
			}
			if got := w.token(0); got.Token.Reveal() != "access-1" || !maps.Equal(before, w.keychain.kept) {
				t.Fatalf("%s: handed out %q", code, got.Token.Reveal())
			}
			later(3 * time.Minute)
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, code)
			w.flow.change(func() { w.flow.refuse = nil })
			later(time.Hour)
			w.wantStatus(account.SignedIn)
			if w.flow.sent()[0] != "refresh-1" || w.flow.reused() != 0 {
				t.Fatalf("%s: sent %q", code, w.flow.sent())
			}
		})
	}
}

func TestA35SomebodyElsesAnswerIsAskedAbout(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() {
			w.flow.spoil = fault.New(fault.DifferentPerson, "was", "ADA", "now", "BOB")
			w.flow.subject = "bob"
		})
		later(55 * time.Minute)
		a := w.wantStatus(account.NeedsSignIn)
		if fault.CodeOf(a.Problem) != fault.DifferentPerson || a.Problem.Args["now"] != "BOB" || a.Who.Subject != "ada" {
			t.Fatalf("problem %v, who %+v", a.Problem, a.Who)
		}
		if got := w.token(0); got.Token.Reveal() != "access-1" {
			t.Fatalf("handed out %q", got.Token.Reveal())
		}
		if next, first := w.slots(); next != "" || first != "refresh-1" {
			t.Fatalf("slots hold %q and %q", next, first)
		}
		later(24 * time.Hour)
		if n := len(w.flow.sent()); n != 1 {
			t.Fatalf("%d requests in a day; nobody was asked", n)
		}
		wantCode(t, w.trySignIn("acme", false), fault.DifferentPerson)
		synctest.Wait()
		if _, first := w.slots(); first != "refresh-1" {
			t.Fatalf("the first slot holds %q before anybody agreed", first)
		}
		w.flow.change(func() { w.flow.spoil = nil })
		if err := w.trySignIn("acme", true); err != nil {
			t.Fatal(err)
		}
		if a := w.wantStatus(account.SignedIn); a.Who.Subject != "bob" {
			t.Fatalf("%+v", a.Who)
		}
	})
}
