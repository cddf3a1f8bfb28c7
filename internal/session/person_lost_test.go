package session

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// loses has the responses to the next n refreshes get lost; acts tells whether the provider acts on them.
func (f *fakeFlow) loses(n int, acts bool) {
	f.change(func() { f.lose, f.acts = n, acts })
}

const everyAnswer = 1 << 30

func TestF05ALostAnswerIsAskedForOnceMore(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(1, false) // the provider never saw the first request
		later(51*time.Minute + secondTry - time.Second)
		if n := len(w.flow.sent()); n != 1 {
			t.Fatalf("%d requests", n)
		}
		later(2 * time.Second)
		w.wantStatus(account.SignedIn)
		if sent := w.flow.sent(); !slices.Equal(sent, []string{"refresh-1", "refresh-1"}) || w.flow.reused() != 0 {
			t.Fatalf("sent %q, %d reuses", sent, w.flow.reused())
		}
		if want := []string{"refresh", "idle", "refresh"}; !slices.Equal(w.flow.order, want) {
			t.Fatalf("%q: the second request goes through a new connection", w.flow.order)
		}
		if next, first := w.slots(); next != "" || first != "refresh-2" {
			t.Fatalf("slots hold %q and %q", next, first)
		}
	})
}

func TestF05WhereTheLostAnswerHeldTheNextTokenAPersonIsAskedOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(1, true) // the provider has spent refresh-1 and given refresh-2 to nobody
		later(52 * time.Minute)
		a := w.wantStatus(account.NeedsSignIn)
		if fault.CodeOf(a.Problem) != fault.SignInRequired || a.Until.Before(w.now()) {
			t.Fatalf("%+v", a)
		}
		w.token(0) // what is in hand is served to its end
		later(24 * time.Hour)
		_, err := w.keeper.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.SignInRequired)
		if sent := w.flow.sent(); len(sent) != 2 {
			t.Fatalf("sent %q", sent)
		}
		if _, first := w.slots(); first != "refresh-1" {
			t.Fatalf("the first slot holds %q; it is kept until the next sign-in", first)
		}
		w.signIn("acme")
		w.wantStatus(account.SignedIn)
	})
}

// Checklist 45, as long as there is something to lose: the access token in hand, which a provider that sees an old
// refresh token may take back with everything else.
func TestC45AtMostOneRetryWithTheSameToken(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(everyAnswer, false)
		for range 3580 {
			later(time.Second)
			a := w.token(59 * time.Minute)
			if a.Token.Reveal() != "access-1" {
				t.Fatalf("handed out %q", a.Token.Reveal())
			}
			if short := a.Expiry.Sub(w.now()) < 59*time.Minute; short != (a.Note != nil) {
				t.Fatalf("note %v on a token with %v left", a.Note, a.Expiry.Sub(w.now()))
			}
		}
		if sent := w.flow.sent(); !slices.Equal(sent, []string{"refresh-1", "refresh-1"}) {
			t.Fatalf("sent %q", sent)
		}
		a := w.wantStatus(account.Trouble)
		if a.Problem.Code != fault.AnswerLost || a.Problem.Args["host"] == "" || a.RenewsBy.Before(a.Until) {
			t.Fatalf("%+v", a)
		}
	})
}

// After that a person is not asked to sign in needlessly: whoever needs a token has it asked for once more, and the
// loop asks once in a long while.
func TestC45ATokenInDoubtIsNotGivenUp(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(everyAnswer, false)
		later(61 * time.Minute)
		before := len(w.flow.sent())
		for range 3600 {
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, fault.AnswerLost)
			later(time.Second)
		}
		if n := len(w.flow.sent()) - before; n < 3 || n > 8 {
			t.Fatalf("%d requests in an hour of asking", n)
		}
		w.flow.loses(0, false)
		later(45 * time.Minute)
		w.token(0)
		if a := w.wantStatus(account.SignedIn); a.Problem != nil || w.flow.reused() != 0 || w.flow.signIns != 1 {
			t.Fatalf("%+v", a)
		}
	})
}

func TestC45TheLoopIsPatientWithATokenInDoubt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(everyAnswer, false)
		later(24 * time.Hour)
		w.wantStatus(account.Trouble)
		if n := len(w.flow.sent()); n < 5 || n > 12 {
			t.Fatalf("%d requests in a day", n)
		}
		w.flow.loses(0, false)
		later(2 * lostMost)
		w.wantStatus(account.SignedIn)
		w.flow.loses(1, false) // the next one is asked for at once, as ever
		later(time.Hour)
		w.wantStatus(account.SignedIn)
	})
}

// A laptop on a bad network: most requests never leave it, a few do and their answers do not come back.
func TestC45WhatNeverLeftIsTriedForEver(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(1, false)
		w.flow.change(func() { w.flow.latency = time.Second })
		later(51*time.Minute + 1500*time.Millisecond) // the response is lost; the second try is to come
		w.flow.change(func() { w.flow.refuse = fault.New(fault.Offline) })
		later(10 * time.Hour)
		w.wantStatus(account.Offline)
		if n := len(w.flow.sent()); n < 50 {
			t.Fatalf("%d tries in ten hours", n)
		}
		w.flow.change(func() { w.flow.refuse = nil })
		later(offlineMost * 2)
		w.wantStatus(account.SignedIn)
	})
}

func TestC45ALostAnswerThatBroughtTheNextTokenLeavesNoDoubt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.spoil = lostAnswer() })
		later(51*time.Minute + 10*time.Second)
		if sent := w.flow.sent(); len(sent) != 1 {
			t.Fatalf("sent %q", sent)
		}
		w.flow.change(func() { w.flow.spoil = nil })
		w.flow.loses(1, false) // the next token has a second try of its own
		later(time.Minute)
		w.wantStatus(account.SignedIn)
		if sent := w.flow.sent(); !slices.Equal(sent, []string{"refresh-1", "refresh-2", "refresh-2"}) {
			t.Fatalf("sent %q", sent)
		}
	})
}

// Where refresh tokens stay the same a response takes away all doubt.
func TestC45AnAnswerEndsTheDoubt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.rotates = false
		w.run()
		w.signIn("acme")
		for range 5 {
			w.flow.loses(1, true)
			later(55 * time.Minute)
			w.wantStatus(account.SignedIn)
		}
	})
}

// Whoever signs out or in meanwhile does not wait for a second try, and causes none.
func TestC45NoSecondTryForASessionThatEnds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(everyAnswer, false)
		w.flow.change(func() { w.flow.latency = time.Second })
		later(51*time.Minute + 500*time.Millisecond)
		begin := time.Now()
		if r := w.signOut(); !r.Revoked || !r.Deleted {
			t.Fatalf("%+v", r)
		}
		if took := time.Since(begin); took > 1600*time.Millisecond || len(w.flow.sent()) != 1 {
			t.Fatalf("%q in %v", w.flow.sent(), took)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(everyAnswer, false)
		later(51*time.Minute + time.Second)
		begin := time.Now()
		w.signIn("acme")
		if took := time.Since(begin); took != 0 || len(w.flow.sent()) != 1 {
			t.Fatalf("%q in %v", w.flow.sent(), took)
		}
	})
}

// A sign-in that comes to nothing cuts off the second try: that was a use of the token like any other.
func TestC45AnAttemptThatFailsLeavesTheDoubtAsItWas(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.loses(everyAnswer, false)
		w.flow.deaf = true
		caller := w.ask(t.Context(), false)
		w.flow.change(func() { w.flow.latency = 5 * time.Second })
		later(51*time.Minute + secondTry + 6*time.Second)
		if n := len(w.flow.sent()); n != 2 {
			t.Fatalf("%d requests", n)
		}
		if err := w.keeper.Cancel("acme"); err != nil {
			t.Fatal(err)
		}
		w.flow.callback <- nil
		wantCode(t, <-caller.done, fault.SignInCancelled)
		synctest.Wait()
		w.wantStatus(account.SignedIn) // whoever cut it off has said nothing of what is wrong
		later(8 * time.Minute)
		if n := len(w.flow.sent()); n != 2 {
			t.Fatalf("%d requests", n)
		}
	})
}

func TestF15NothingIsSpentThatCouldNotBeReplaced(t *testing.T) {
	for _, code := range []fault.Code{
		fault.KeychainLocked, fault.KeychainFailed, fault.KeychainSlow, fault.DiskTrouble, fault.KeychainMissing,
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			w.keychain.always(code)
			later(59 * time.Minute)
			a := w.wantStatus(account.SignedIn)
			if len(w.flow.sent()) != 0 || !a.Saved {
				t.Fatalf("%s: sent %q, %+v", code, w.flow.sent(), a)
			}
			w.token(0)
			w.keychain.failing(nil) // it is back before the access token has ended
			later(3 * time.Minute)
			a = w.wantStatus(account.SignedIn)
			if _, first := w.slots(); first != "refresh-2" || !a.Saved || len(w.flow.sent()) != 1 {
				t.Fatalf("%s: the first slot holds %q, %+v", code, first, a)
			}
		})
	}
}

// Whoever needs a token gets one all the same, and memory keeps what the keychain does not take.
func TestF15WhatIsNeededIsSpent(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainLocked)
		later(55 * time.Minute)
		if a := w.token(10 * time.Minute); a.Token.Reveal() != "access-2" {
			t.Fatalf("handed out %q", a.Token.Reveal())
		}
		if a := w.wantStatus(account.SignedIn); a.Saved || a.Notices[0].Code != fault.NotSaved {
			t.Fatalf("%+v", a)
		}
		later(24 * time.Hour) // from here on the store holds nothing that could be lost
		if n := len(w.flow.sent()); n < 25 || w.flow.reused() != 0 {
			t.Fatalf("%d renewals, %d reuses", n, w.flow.reused())
		}
	})
}

func TestF15TheLoopDoesNotLetASignInEndForIt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainLocked)
		later(61 * time.Minute)
		if a := w.wantStatus(account.SignedIn); a.Until.Before(w.now()) || len(w.flow.sent()) != 1 {
			t.Fatalf("%+v after %q", a, w.flow.sent())
		}
	})
}
