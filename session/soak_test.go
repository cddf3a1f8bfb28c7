package session

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/account"
	"keyfob/internal/fault"
)

// Three days of one-minute tokens, while the network, the provider, the keychain and the lid of the laptop do as they
// please. Then everything is as it was, and nobody was asked to sign in.
func TestSeventyTwoHours(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.flow.lifetime = time.Minute
		w.run()
		w.signIn("acme")
		later(time.Hour)
		goroutines := atWork()

		dice := rand.New(rand.NewPCG(7, 2))
		troubles := []error{
			nil, nil, nil, fault.New(fault.Offline), fault.New(fault.Portal), fault.New(fault.ProviderTrouble),
			fault.New(fault.RateLimited), fault.New(fault.TokenResponse),
		}
		for end := time.Now().Add(71 * time.Hour); time.Now().Before(end); {
			w.flow.change(func() {
				w.flow.refuse, w.flow.spoil = troubles[dice.IntN(len(troubles))], nil
				if w.flow.refuse == nil && dice.IntN(5) == 0 {
					w.flow.spoil = fault.New(fault.TokenResponse)
				}
			})
			w.keychain.failing(nil)
			if dice.IntN(4) == 0 {
				w.keychain.always(fault.KeychainLocked)
			}
			if dice.IntN(20) == 0 {
				w.sleeps(time.Duration(dice.IntN(600)) * time.Minute)
			}
			later(time.Duration(dice.IntN(20)) * time.Minute)
			_, _ = w.keeper.Token(t.Context(), "acme", time.Minute)
			synctest.Wait()
			if s := w.account("acme").Status; !s.HasSession() {
				t.Fatalf("the sign-in was lost: %s, %v", s, w.account("acme").Problem)
			}
		}

		w.flow.change(func() { w.flow.refuse, w.flow.spoil = nil, nil })
		w.keychain.failing(nil)
		later(2 * time.Hour)
		a := w.wantStatus(account.SignedIn)
		if next, first := w.slots(); !a.Saved || next != "" || first != w.flow.newest() || w.flow.reused() != 0 {
			t.Fatalf("%+v; slots %q and %q, %d reuses", a, next, first, w.flow.reused())
		}
		if n := atWork(); n > goroutines {
			t.Fatalf("%d goroutines, %d after the first hour", n, goroutines)
		}
		if n := len(w.flow.sent()); n > 72*60*2 {
			t.Fatalf("%d requests in three days", n)
		}
	})
}

// All faces ask for everything at once. The race detector and synctest (no deadlock) are the judges, and in the end the
// keychain holds the truth.
func TestManyFacesAtOnce(t *testing.T) {
	for seed := range uint64(20) {
		inWorld(t, func(t *testing.T, w *world) {
			w.addProfile("beta")
			k := w.begin()
			ctx, done := context.WithTimeout(t.Context(), time.Hour)
			defer done()
			people := startPeople(ctx, w)
			var faces sync.WaitGroup
			for face := range uint64(6) {
				faces.Go(func() { behave(ctx, k, rand.New(rand.NewPCG(seed, face))) })
			}
			faces.Go(func() {
				for range k.Watch(ctx) {
				}
			})
			faces.Wait()
			people.Wait()
			later(time.Hour)
			for _, a := range k.Snapshot().Accounts {
				stored := w.keychain.refreshToken(t, firstSlot(a.ID)) != ""
				if wants := a.Status.HasSession() || a.Status == account.NeedsSignIn; stored != wants || a.Saved != wants {
					t.Fatalf("seed %d: %s is %s, stored %v, saved %v", seed, a.ID, a.Status, stored, a.Saved)
				}
			}
		})
	}
}

// startPeople lets somebody come back from the browser now and then.
func startPeople(ctx context.Context, w *world) *sync.WaitGroup {
	var people sync.WaitGroup
	people.Go(func() {
		for {
			select {
			case w.flow.callback <- nil:
				time.Sleep(time.Second)
			case <-ctx.Done():
				return
			}
		}
	})
	return &people
}

// behave asks for one thing after another until ctx ends.
func behave(ctx context.Context, k *Keeper, dice *rand.Rand) {
	ids := []string{"acme", "beta"}
	for ctx.Err() == nil {
		id := ids[dice.IntN(len(ids))]
		wait, leave := context.WithTimeout(ctx, time.Duration(dice.IntN(3000))*time.Millisecond)
		switch dice.IntN(10) {
		case 0, 1:
			_ = k.SignIn(wait, id, true, func(account.Attempt) error { return nil })
		case 2:
			_ = k.Cancel(id)
		case 3:
			_, _ = k.SignOut(wait, id)
		case 4:
			_ = k.Import(wait, acme(id), true)
		case 5:
			_, _ = k.Remove(wait, id)
		case 6:
			_ = k.RetryKeychain(wait)
		default:
			_, _ = k.Token(wait, id, time.Duration(dice.IntN(120))*time.Minute)
		}
		leave()
		time.Sleep(time.Duration(dice.IntN(60)) * time.Second)
	}
}
