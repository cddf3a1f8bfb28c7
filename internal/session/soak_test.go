package session

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
)

// Three days of one-minute tokens, while the network, the provider, the keychain, the clock and the lid of the laptop
// do as they please. Then everything is as it was, and nobody was asked to sign in.
func TestF10F11F18SeventyTwoHours(t *testing.T) {
	for seed := range uint64(3) {
		inWorld(t, func(t *testing.T, w *world) {
			w.withTwoClocks()
			w.flow.lifetime = time.Minute
			w.run()
			w.signIn("acme")
			later(time.Hour)
			before := w.size()

			dice := rand.New(rand.NewPCG(seed, 2))
			fate := &fate{dice: rand.New(rand.NewPCG(seed, 3))}
			for end := time.Now().Add(71 * time.Hour); time.Now().Before(end); {
				w.trouble(dice, fate)
				later(time.Duration(dice.IntN(20*60)) * time.Second)
				_, _ = w.keeper.Token(t.Context(), "acme", time.Minute)
				synctest.Wait()
				if s := w.account("acme").Status; !s.HasSession() {
					t.Fatalf("seed %d: the sign-in was lost: %s, %v", seed, s, w.account("acme").Problem)
				}
			}

			requests := len(w.flow.sent())
			w.flow.change(func() {
				w.flow.refuse, w.flow.spoil, w.flow.lose, w.flow.order, w.flow.refreshes = nil, nil, 0, nil, nil
			})
			fate.set(0)
			w.keychain.failing(nil)
			later(2 * lostMost)
			a := w.wantStatus(account.SignedIn)
			if next, first := w.slots(); !a.Saved || next != "" || first != w.flow.newest() || w.flow.reused() != 0 {
				t.Fatalf("seed %d: %+v; slots %q and %q, %d reuses", seed, a, next, first, w.flow.reused())
			}
			if after := w.size(); after.work > before.work || after.entries != before.entries || after.due != before.due ||
				after.heap > before.heap+256<<10 {
				t.Fatalf("seed %d: %+v, and %+v after the first hour", seed, after, before)
			}
			if requests > 72*60*2 || w.flow.signIns != 1 {
				t.Fatalf("seed %d: %d requests in three days, %d sign-ins", seed, requests, w.flow.signIns)
			}
		})
	}
}

// trouble lets something new go wrong, or nothing.
func (w *world) trouble(dice *rand.Rand, fate *fate) {
	troubles := []error{
		nil, nil, nil, fault.New(fault.Offline), fault.New(fault.Portal), fault.New(fault.ProviderTrouble),
		fault.New(fault.RateLimited), fault.New(fault.TokenResponse),
	}
	w.flow.change(func() {
		w.flow.refuse, w.flow.spoil, w.flow.lose = troubles[dice.IntN(len(troubles))], nil, 0
		switch dice.IntN(10) {
		case 0:
			w.flow.refuse, w.flow.spoil = nil, fault.New(fault.TokenResponse)
		case 1:
			w.flow.refuse, w.flow.spoil = nil, lostAnswer()
		case 2:
			w.flow.refuse, w.flow.lose = nil, 1+dice.IntN(3)
		}
	})
	fate.set(0)
	fate.on(w.keychain)
	switch dice.IntN(8) {
	case 0:
		w.keychain.always([]fault.Code{fault.KeychainLocked, fault.KeychainSlow, fault.KeychainDenied}[dice.IntN(3)])
	case 1:
		fate.set(0.5)
	}
	switch dice.IntN(40) {
	case 0, 1: // the lid: the wall clock goes on, timers do not
		w.moved.Add(dice.Int64N(10 * 3600))
	case 2: // the clock is set
		w.moved.Add(dice.Int64N(2*3600) - 3600)
	case 3:
		w.moved.Store([]int64{-1, 0, 1}[dice.IntN(3)] * int64((10 * year).Seconds()))
	}
}

// size is what must not grow: goroutines, accounts, moments that somebody waits for, and bytes that live.
type size struct{ work, entries, due, heap int }

func (w *world) size() size {
	k := w.keeper
	s := size{work: atWork(), heap: int(heap())}
	k.mu.Lock()
	defer k.mu.Unlock()
	s.entries = len(k.entries) + len(k.order)
	for _, e := range k.order {
		due := []clock.Alarm{e.renew, e.resave, e.quiet}
		if p, ok := e.holding.(*person); ok {
			due = append(due, p.prepare)
		}
		for _, a := range due {
			if a.On() {
				s.due++
			}
		}
	}
	return s
}

// All callers ask for everything at once. The race detector and synctest (no deadlock) are the judges, and in the end
// the keychain holds the truth.
func TestManyCallersAtOnce(t *testing.T) {
	for seed := range uint64(20) {
		inWorld(t, func(t *testing.T, w *world) {
			w.addProfile("beta")
			k := w.begin()
			ctx, done := context.WithTimeout(t.Context(), time.Hour)
			defer done()
			people := startPeople(ctx, w)
			var callers sync.WaitGroup
			for caller := range uint64(6) {
				callers.Go(func() { behave(ctx, k, rand.New(rand.NewPCG(seed, caller))) })
			}
			callers.Go(func() {
				for range w.hub.Watch(ctx) {
				}
			})
			callers.Wait()
			people.Wait()
			later(time.Hour)
			for _, a := range w.hub.Snapshot().Accounts {
				stored := w.keychain.refreshToken(t, firstKey(a.ID)) != ""
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
