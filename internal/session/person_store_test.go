package session

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func TestSignInIsOneWriteToTheKeychain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		if w.keychain.saves != 1 || !slices.Equal(w.keychain.keys(), []string{"session/acme"}) {
			t.Fatalf("%d writes, keys %v", w.keychain.saves, w.keychain.keys())
		}
		if a := w.wantStatus(account.SignedIn); !a.Saved || !a.Renews || len(a.Notices) != 0 {
			t.Fatalf("%+v", a)
		}
	})
}

func TestC40TheNewTokenIsSavedBeforeTheAnswerIsHandedOut(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.sleeps(2 * time.Hour)
		w.keychain.wait = 5 * time.Second
		got := make(chan account.Access, 1)
		go func() { got <- w.token(0) }()

		later(time.Second) // the response is here, the keychain is busy with it
		if got := w.record().refresh.Reveal(); got != "refresh-2" {
			t.Fatalf("memory holds %q", got)
		}
		later(5 * time.Second) // the second slot is written
		if next, first := w.slots(); next != "refresh-2" || first != "refresh-1" {
			t.Fatalf("slots hold %q and %q", next, first)
		}
		if len(got) != 0 {
			t.Fatal("the access token was handed out before the session was saved")
		}
		later(10 * time.Second)
		if next, first := w.slots(); next != "" || first != "refresh-2" {
			t.Fatalf("slots hold %q and %q", next, first)
		}
		if a := <-got; a.Token.Reveal() != "access-2" {
			t.Fatalf("handed out %q", a.Token.Reveal())
		}
	})
}

// slots are the refresh tokens in the second and first slot.
func (w *world) slots() (next, first string) {
	return w.keychain.refreshToken(w.t, "session/acme/next"), w.keychain.refreshToken(w.t, "session/acme")
}

func TestC40AFailedWriteIsShownAndRetriedAndMemoryKeepsTheToken(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainLocked, "save", "delete") // between the look whether it works and the writing
		later(55 * time.Minute)
		a := w.wantStatus(account.SignedIn)
		if a.Saved || len(a.Notices) != 1 || a.Notices[0].Code != fault.NotSaved {
			t.Fatalf("%+v", a)
		}
		if got := w.token(0); got.Token.Reveal() != "access-2" {
			t.Fatalf("handed out %q", got.Token.Reveal())
		}
		if kc := w.hub.Snapshot().Keychain; kc.State != account.KeychainUnusable || kc.Problem.Code != fault.KeychainLocked {
			t.Fatalf("keychain: %+v", kc)
		}
		later(time.Hour) // another renewal, with the token that only memory has
		if w.flow.reused() != 0 {
			t.Fatal("an old refresh token was used")
		}
		w.keychain.failing(nil)
		later(15 * time.Minute)
		a = w.wantStatus(account.SignedIn)
		if next, first := w.slots(); !a.Saved || len(a.Notices) != 0 || next != "" || first != w.flow.newest() {
			t.Fatalf("%+v; slots hold %q and %q, the newest is %q", a, next, first, w.flow.newest())
		}
		if s := w.hub.Snapshot(); s.Keychain.State != account.KeychainReady || s.Keychain.Problem != nil {
			t.Fatalf("keychain: %+v", s.Keychain)
		}
	})
}

func TestTooLargeIsThisAccountsAffairAlone(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.keychain.always(fault.SecretTooLarge, "save")
		w.signIn("acme")
		a := w.wantStatus(account.SignedIn)
		if a.Saved || len(a.Notices) != 1 || w.hub.Snapshot().Keychain.State != account.KeychainReady {
			t.Fatalf("%+v, keychain %+v", a, w.hub.Snapshot().Keychain)
		}
	})
}

func TestA28ARefreshTokenThatCameWithNonsenseIsKept(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.spoil = fault.New(fault.TokenResponse, "said", "token_type") })
		later(50*time.Minute + 2*time.Second) // at 85 %: 51 minutes
		later(time.Minute)
		w.wantStatus(account.Trouble)
		if next, first := w.slots(); next != w.flow.newest() || first != "refresh-1" {
			t.Fatalf("slots hold %q and %q", next, first)
		}
		w.flow.change(func() { w.flow.spoil = nil })
		later(10 * time.Minute)
		w.wantStatus(account.SignedIn)
		if next, first := w.slots(); next != "" || first != w.flow.newest() || w.flow.reused() != 0 {
			t.Fatalf("slots hold %q and %q after %d reuses", next, first, w.flow.reused())
		}
	})
}

func TestA35AnAnswerAboutSomebodyElseReplacesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainFailed, "save")
		later(52 * time.Minute) // renewed, and not saved
		w.flow.change(func() { w.flow.spoil = fault.New(fault.DifferentPerson, "was", "ADA", "now", "BOB") })
		w.keychain.failing(nil)
		later(2 * time.Hour)
		w.wantStatus(account.NeedsSignIn)
		if next, first := w.slots(); next != "" || first != "refresh-2" {
			t.Fatalf("slots hold %q and %q", next, first)
		}
		if n := len(w.flow.sent()); n != 2 {
			t.Fatalf("%d requests", n)
		}
	})
}

// killedAt is what a keychain holds after a kill at the nth write or deletion of a renewal, made or not.
func killedAt(t *testing.T, n int, done bool) (kept map[string]string, current string) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		count := 0
		w.keychain.failing(func(op, _ string) error {
			if op == "save" || op == "delete" {
				count++
			}
			if count > n || count == n && !done {
				return fault.New(fault.KeychainFailed) // from here on nothing reaches the keychain
			}
			return nil
		})
		later(52 * time.Minute)
		kept, current = maps.Clone(w.keychain.kept), w.flow.newest()
	})
	return kept, current
}

func TestC41F26KilledAnywhereTheNextStartGoesOn(t *testing.T) {
	for n := 1; n <= 3; n++ {
		for _, done := range []bool{false, true} {
			kept, current := killedAt(t, n, done)
			inWorld(t, func(t *testing.T, w *world) {
				w.keychain.kept = kept
				w.flow.current = current
				w.run()
				w.wantStatus(account.SignedIn)
				if next, _ := w.slots(); next != "" {
					t.Fatalf("step %d done %v: the cut-off write is not finished: %q", n, done, next)
				}
				later(time.Minute)
				if n == 1 && !done { // killed before anything was saved: one sign-in, no storm
					w.wantStatus(account.NeedsSignIn)
					later(24 * time.Hour)
					if sent := w.flow.sent(); len(sent) != 1 {
						t.Fatalf("sent %q", sent)
					}
					return
				}
				a := w.wantStatus(account.SignedIn)
				if next, first := w.slots(); w.flow.reused() != 0 || next != "" || first != w.flow.newest() || !a.Saved {
					t.Fatalf("step %d done %v: slots %q, %q; %d reuses", n, done, next, first, w.flow.reused())
				}
			})
		}
	}
}

// fate decides at random which operations of a keychain fail, before or after they had their effect.
type fate struct {
	mu   sync.Mutex
	dice *rand.Rand
	odds float64
}

func (f *fate) strikes() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dice.Float64() < f.odds {
		return fault.New(fault.KeychainFailed)
	}
	return nil
}

func (f *fate) set(odds float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.odds = odds
}

func (f *fate) on(s *fakeStore) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = f.strikes
	s.fail = func(op, _ string) error {
		if op == "save" || op == "delete" {
			return f.strikes()
		}
		return nil
	}
}

// crash has a new Keeper begin with what the keychain holds now; whatever the old one still writes reaches nobody.
func (w *world) crash() {
	old := w.keychain
	w.keychain = newStore()
	w.keychain.kept = maps.Clone(old.kept)
	w.run()
}

// A random walk over writes that fail (made or not), renewals, time and crashes. Whatever happens: once the account
// counts as saved, a crash does not lose the newest refresh token that the provider gave, and an old one is never sent.
func TestTheNewestSavedTokenIsNeverLost(t *testing.T) {
	crashes := 0
	for seed := range uint64(60) {
		inWorld(t, func(t *testing.T, w *world) {
			dice := rand.New(rand.NewPCG(seed, 1))
			fate := &fate{dice: rand.New(rand.NewPCG(seed, 2))}
			w.run()
			w.signIn("acme")
			fate.on(w.keychain)
			for range 50 {
				switch dice.IntN(4) {
				case 0:
					fate.set([]float64{0, 0.1, 0.3, 0.7, 1}[dice.IntN(5)])
				case 1:
					later(time.Duration(dice.IntN(90)) * time.Minute)
				case 2:
					_, _ = w.keeper.Token(t.Context(), "acme", 50*time.Minute)
				case 3:
					if a := w.account("acme"); !a.Saved || a.Status == account.Renewing {
						continue // a crash now may cost one sign-in: item 41
					}
					crashes++
					w.crash()
					fate.on(w.keychain)
				}
				synctest.Wait()
				a := w.account("acme")
				if next, first := w.slots(); a.Saved && next != w.flow.newest() && (next != "" || first != w.flow.newest()) {
					t.Fatalf("seed %d: saved, but the slots hold %q and %q, not %q", seed, next, first, w.flow.newest())
				}
				if w.flow.reused() != 0 {
					t.Fatalf("seed %d: an old refresh token was used: %q", seed, w.flow.sent())
				}
				if !a.Status.HasSession() {
					t.Fatalf("seed %d: the sign-in was lost: %s, %v", seed, a.Status, a.Problem)
				}
			}
		})
	}
	if crashes < 300 {
		t.Fatalf("only %d crashes in the walk", crashes)
	}
}

func TestARenewalThatIsUnderWayWhenKeyfobEndsIsSaved(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.sleeps(2 * time.Hour)
		w.flow.change(func() { w.flow.latency = 3 * time.Second })
		go w.keeper.Token(t.Context(), "acme", 0)
		later(time.Second)
		w.wantStatus(account.Renewing)
		w.stop()
		if _, first := w.slots(); first != "refresh-2" {
			t.Fatalf("the first slot holds %q", first)
		}
	})
}

func TestARenewalThatHangsDoesNotKeepKeyfobFromEnding(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.sleeps(2 * time.Hour)
		w.flow.change(func() { w.flow.hang = true })
		go w.keeper.Token(t.Context(), "acme", 0)
		later(time.Second)
		begin := time.Now()
		w.stop()
		if took := time.Since(begin); took != grace {
			t.Fatalf("Run took %v to end", took)
		}
	})
}

func TestNoTokenIsEverInTheLogOrASnapshot(t *testing.T) {
	var log strings.Builder
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Log = logTo(&log)
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainFailed)
		later(3 * time.Hour)
		w.keychain.failing(nil)
		w.flow.change(func() { w.flow.err = fault.New(fault.SignInRequired) })
		later(3 * time.Hour)
		log.WriteString(jsonOf(t, w.hub.Snapshot()))
		if _, err := w.keeper.SignOut(context.WithoutCancel(t.Context()), "acme"); err != nil {
			t.Fatal(err)
		}
	})
	for _, canary := range []string{"refresh-", "access-"} {
		if strings.Contains(log.String(), canary) {
			t.Fatalf("a token is in:\n%s", log.String())
		}
	}
	if !strings.Contains(log.String(), "renewed") {
		t.Fatal("the log holds nothing")
	}
}
