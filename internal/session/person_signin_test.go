package session

import (
	"context"
	"errors"
	"maps"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// asker is a caller that asks for a sign-in.
type asker struct {
	opened chan account.Attempt
	done   chan error
}

func (w *world) ask(ctx context.Context, another bool) *asker {
	a := &asker{make(chan account.Attempt, 1), make(chan error, 1)}
	go func() {
		a.done <- w.keeper.SignIn(ctx, "acme", another, func(info account.Attempt) error {
			a.opened <- info
			return nil
		})
	}()
	synctest.Wait()
	return a
}

func TestSignInPublishesTheAttemptThenWho(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		caller := w.ask(t.Context(), false)
		info := <-caller.opened
		a := w.wantStatus(account.SigningIn)
		if a.Attempt == nil || *a.Attempt != info || info.URL != issuer+"authorize" || info.RedirectURI == "" {
			t.Fatalf("asked to open %+v, published %+v", info, a.Attempt)
		}
		w.flow.callback <- nil
		if err := <-caller.done; err != nil {
			t.Fatal(err)
		}
		a = w.wantStatus(account.SignedIn)
		if a.Who == nil || a.Who.Subject != "ada" || a.Who.Name != "ADA" || a.Attempt != nil || !a.Saved ||
			!a.Until.Equal(w.now().Add(time.Hour).Round(0)) || a.RenewsBy.IsZero() {
			t.Fatalf("%+v", a)
		}
	})
}

func TestASecondCallerJoinsTheAttempt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		first, second := w.ask(t.Context(), false), w.ask(t.Context(), true)
		if a, b := <-first.opened, <-second.opened; a != b || w.flow.signIns != 1 {
			t.Fatalf("two attempts: %+v and %+v", a, b)
		}
		w.flow.callback <- nil
		if err := errors.Join(<-first.done, <-second.done); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheAttemptOutlivesTheCaller(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		ctx, leave := context.WithCancel(t.Context())
		caller := w.ask(ctx, false)
		leave()
		if err := <-caller.done; !errors.Is(err, context.Canceled) {
			t.Fatalf("a caller who left got %v", err)
		}
		w.wantStatus(account.SigningIn)
		w.flow.callback <- nil
		synctest.Wait()
		w.wantStatus(account.SignedIn)
	})
}

func TestF19ABrowserThatDoesNotOpenDoesNotEndTheAttempt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		done := make(chan error, 1)
		go func() {
			done <- w.keeper.SignIn(t.Context(), "acme", false, func(account.Attempt) error {
				return fault.New(fault.BrowserFailed)
			})
		}()
		synctest.Wait()
		if a := w.wantStatus(account.SigningIn); a.Attempt == nil {
			t.Fatal("no link to open by hand")
		}
		w.flow.callback <- nil
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
}

func TestF22CancelEndsTheAttemptWithinASecond(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		caller := w.ask(t.Context(), false)
		begin := time.Now()
		if err := w.keeper.Cancel("acme"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, <-caller.done, fault.SignInCancelled)
		if took := time.Since(begin); took > cancelTime {
			t.Fatalf("took %v", took)
		}
		if a := w.wantStatus(account.SignedOut); a.Problem != nil || a.Attempt != nil {
			t.Fatalf("cancelling is no problem: %+v", a)
		}
		if err := w.keeper.Cancel("acme"); err != nil {
			t.Fatalf("nothing to cancel: %v", err)
		}
		wantCode(t, w.keeper.Cancel("nobody"), fault.ProfileUnknown)
	})
}

func TestF04TheEndOfKeyfobEndsTheAttemptAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		caller := w.ask(t.Context(), false)
		begin := time.Now()
		w.stop()
		wantCode(t, <-caller.done, fault.SignInCancelled)
		if took := time.Since(begin); took != 0 {
			t.Fatalf("Run took %v to end", took)
		}
	})
}

func TestAFailedSignInSaysWhyUntilTheNext(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		caller := w.ask(t.Context(), false)
		w.flow.callback <- fault.New(fault.SignInDenied, "said", "no access")
		wantCode(t, <-caller.done, fault.SignInDenied)
		if a := w.wantStatus(account.SignedOut); fault.CodeOf(a.Problem) != fault.SignInDenied {
			t.Fatalf("%+v", a)
		}
		w.ask(t.Context(), true)
		if a := w.wantStatus(account.SigningIn); a.Problem != nil || !w.flow.another {
			t.Fatalf("%+v, another account: %v", a, w.flow.another)
		}
	})
}

func TestC37NothingStoredIsReplacedBeforeAllChecksPassed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		before := maps.Clone(w.keychain.kept)
		caller := w.ask(t.Context(), false)
		w.flow.callback <- fault.New(fault.IDTokenInvalid, "said", "nonce")
		wantCode(t, <-caller.done, fault.IDTokenInvalid)
		a := w.wantStatus(account.SignedIn)
		if !maps.Equal(before, w.keychain.kept) || a.Who.Subject != "ada" {
			t.Fatal("a sign-in that failed replaced the session")
		}
		if got := w.token(0); got.Token.Reveal() != "access-1" {
			t.Fatalf("handed out %q", got.Token.Reveal())
		}
	})
}

func TestF21SomebodyElseIsRefusedUnlessAskedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.subject = "bob" })
		err := w.trySignIn("acme", false)
		wantCode(t, err, fault.DifferentPerson)
		if args := fault.Of(err).Args; args["was"] != "ADA" || args["now"] != "BOB" {
			t.Fatalf("args: %v", args)
		}
		synctest.Wait()
		later(time.Second)
		if a := w.wantStatus(account.SignedIn); a.Who.Subject != "ada" {
			t.Fatalf("%+v", a.Who)
		}
		if got := w.keychain.refreshToken(t, "session/acme"); got != "refresh-1" {
			t.Fatalf("the keychain holds %q", got)
		}
		if gone := w.flow.gone(); len(gone) != 1 || gone[0] != "refresh-2" {
			t.Fatalf("revoked %q; the token nobody keeps is to be given back", gone)
		}
		if err := w.trySignIn("acme", true); err != nil {
			t.Fatal(err)
		}
		if a := w.wantStatus(account.SignedIn); a.Who.Subject != "bob" {
			t.Fatalf("%+v", a.Who)
		}
	})
}

func TestF14WithoutAKeychainNoBrowserOpens(t *testing.T) {
	for _, code := range []fault.Code{fault.KeychainMissing, fault.KeychainLocked, fault.KeychainSlow} {
		inWorld(t, func(t *testing.T, w *world) {
			w.keychain.always(code)
			w.run()
			caller := w.ask(t.Context(), false)
			wantCode(t, <-caller.done, code)
			if len(caller.opened) != 0 || w.flow.signIns != 0 {
				t.Fatal("a sign-in began that could not be kept")
			}
			w.keychain.failing(nil) // somebody unlocked it: the next press works
			w.signIn("acme")
			if a := w.wantStatus(account.SignedIn); !a.Saved {
				t.Fatalf("%+v", a)
			}
		})
	}
}

// TestF14ASignInStartsTheKeychain: the desktop can start it, and a person is there.
func TestF14ASignInStartsTheKeychain(t *testing.T) {
	type asked struct{}
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Attended = func(ctx context.Context) context.Context {
			return context.WithValue(ctx, asked{}, true)
		}
		var started atomic.Bool
		w.keychain.ctx = func(ctx context.Context) {
			if ctx.Value(asked{}) != nil {
				started.Store(true)
			}
		}
		w.keychain.failing(func(string, string) error {
			if started.Load() {
				return nil
			}
			return fault.New(fault.KeychainMissing).WithReason(fault.KeychainNotStarted)
		})
		w.run()
		later(time.Hour)
		if started.Load() {
			t.Fatal("background work started it")
		}
		w.wantStatus(account.KeychainLocked) // a sign-in may be in there
		w.signIn("acme")
		if a := w.wantStatus(account.SignedIn); !a.Saved {
			t.Fatalf("%+v", a)
		}
	})
}

func TestF13ASaveThatIsDismissedIsReported(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.keychain.always(fault.KeychainDenied, "save")
		w.signIn("acme")
		a := w.wantStatus(account.SignedIn)
		if a.Saved || len(a.Notices) != 1 || a.Notices[0].Code != fault.NotSaved {
			t.Fatalf("%+v", a)
		}
		w.keychain.failing(nil)
		if err := w.keeper.RetryKeychain(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if a := w.wantStatus(account.SignedIn); !a.Saved || len(a.Notices) != 0 {
			t.Fatalf("%+v", a)
		}
	})
}

func TestASignInTakesThePlaceOfARenewalThatHangs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.hang = true })
		later(52 * time.Minute)
		w.wantStatus(account.Renewing)
		begin := time.Now()
		w.signIn("acme")
		if took := time.Since(begin); took > time.Second {
			t.Fatalf("took %v", took)
		}
		a := w.wantStatus(account.SignedIn)
		if _, first := w.slots(); first != "refresh-2" || !a.Saved {
			t.Fatalf("the first slot holds %q", first)
		}
	})
}

func TestInteractionIsForPeopleOnly(t *testing.T) {
	type asked struct{}
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Attended = func(ctx context.Context) context.Context {
			return context.WithValue(ctx, asked{}, true)
		}
		w.run()
		var mine, others atomic.Int32
		w.keychain.ctx = func(ctx context.Context) {
			if ctx.Value(asked{}) != nil {
				mine.Add(1)
			} else {
				others.Add(1)
			}
		}
		w.signIn("acme")
		if mine.Load() != 1 || others.Load() != 0 {
			t.Fatalf("sign-in: %d operations may ask, %d may not", mine.Load(), others.Load())
		}
		later(10 * time.Hour)
		if mine.Load() != 1 || others.Load() == 0 {
			t.Fatalf("renewal: %d operations may ask, %d may not", mine.Load()-1, others.Load())
		}
		if err := w.keeper.RetryKeychain(t.Context()); err != nil || mine.Load() != 2 {
			t.Fatalf("retry: %v, %d operations may ask", err, mine.Load()-1)
		}
	})
}
