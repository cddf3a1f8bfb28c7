package session

import (
	"sync/atomic"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// stored has the world begin with acme signed in, on a keychain of which probes say so after a minute: err.
func (w *world) stored(err error) *Keeper {
	w.t.Helper()
	w.run()
	w.signIn("acme")
	w.stop()
	w.keychain.failing(func(op, _ string) error {
		if op != "probe" {
			return nil
		}
		time.Sleep(time.Minute)
		return err
	})
	return w.begin()
}

func TestWhoeverAsksDoesNotWaitForTheProbe(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		_, begin := w.stored(nil), time.Now()
		w.token(0)
		if took := time.Since(begin); took != w.flow.latency {
			t.Errorf("took %v", took)
		}
		if s := w.hub.Snapshot(); s.Keychain.State != account.KeychainChecking {
			t.Errorf("keychain: %+v", s.Keychain)
		}
		later(2 * time.Minute)
		if a := w.wantStatus(account.SignedIn); !a.Saved {
			t.Errorf("%+v", a)
		}
	})
}

func TestTheProbeWaitsForTheProfiles(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.crowded(500)
		w.profiles.wait = time.Second
		var probed atomic.Bool
		w.keychain.failing(func(op, _ string) error {
			probed.Store(probed.Load() || op == "probe")
			return nil
		})
		w.begin()
		later(100 * time.Second)
		w.token(0)
		if probed.Load() || len(w.hub.Snapshot().Accounts) > 0 {
			t.Fatal("the keychain is probed while profiles are opened")
		}
		later(10 * time.Minute)
		if !probed.Load() {
			t.Fatal("the keychain is never probed")
		}
	})
}

// TestAnEarlyReadThatFailsIsNoAnswer: what the probe says then is one, or it is read again.
func TestAnEarlyReadThatFailsIsNoAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		probe error
		want  fault.Code
	}{
		"missing": {fault.New(fault.KeychainMissing), fault.KeychainMissing},
		"locked":  {fault.New(fault.KeychainLocked), fault.KeychainLocked},
		"back":    {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				k := w.stored(c.probe)
				probes := w.keychain.fail
				w.keychain.failing(func(op, key string) error {
					if op == "load" && w.hub.Snapshot().Keychain.State == account.KeychainChecking {
						return fault.New(fault.KeychainMissing)
					}
					return probes(op, key)
				})
				_, err := k.Token(t.Context(), "acme", 0)
				wantCode(t, err, c.want)
			})
		})
	}
}

func TestOutOfTurnBothSlotsAreReadAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.stored(nil)
		before := w.keychain.together
		w.token(0)
		if n := w.keychain.together - before; n != 1 {
			t.Errorf("read %d times", n)
		}
	})
}
