package session

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// crowded has the world begin with many profiles, of which acme and the last are signed in.
func (w *world) crowded(many int) (last string) {
	w.t.Helper()
	w.run()
	w.signIn("acme")
	r := w.record()
	w.stop()
	for i := range many {
		last = fmt.Sprintf("p%03d", i)
		w.addProfile(last)
	}
	w.keychain.keeps(w.t, firstKey(last), r)
	w.flow.change(func() { w.flow.rotates = false })
	return last
}

func TestWhoeverAsksWaitsForNoOtherAccount(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		last := w.crowded(500)
		w.profiles.wait, w.keychain.wait = time.Second, time.Second
		k := w.begin()
		begin := time.Now()
		if _, err := k.Token(t.Context(), last, 0); err != nil {
			t.Fatal(err)
		}
		// The list, one profile, and meanwhile the keychain's word; then the account's two slots, and a request.
		if took := time.Since(begin); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
		if n := len(w.hub.Snapshot().Accounts); n != 0 {
			t.Fatalf("%d accounts are shown while profiles are being read", n)
		}
		later(10 * time.Minute)
		s := w.hub.Snapshot()
		if len(s.Accounts) != 501 || s.Keychain.State != account.KeychainReady {
			t.Fatalf("%d accounts, %+v", len(s.Accounts), s.Keychain)
		}
		for _, a := range s.Accounts {
			if want := a.ID == "acme" || a.ID == last; a.Status.HasSession() != want {
				t.Fatalf("%s is %s", a.ID, a.Status)
			}
		}
	})
}

func TestACallerWhoLeavesWhileTheProfileIsReadHarmsNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.crowded(1)
		w.profiles.wait = time.Second
		k := w.begin()
		ctx, leave := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer leave()
		if _, err := k.Token(ctx, "acme", 0); err == nil {
			t.Fatal("a token without a profile")
		}
		w.token(0)
		later(time.Minute)
		w.wantStatus(account.SignedIn)
	})
}

func TestAnUnknownAccountIsNamedAfterAllAreKnown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.profiles.wait = time.Second
		k := w.begin()
		_, err := k.Token(t.Context(), "acmee", 0)
		wantCode(t, err, fault.ProfileUnknown)
		if got := fault.Of(err).Args["nearest"]; got != "acme" {
			t.Fatalf("nearest is %q", got)
		}
	})
}

func TestManyCallersOutOfTurnAreFewProcesses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.crowded(200)
		w.keychain.wait = time.Second
		k := w.begin()
		most := 0
		for i := range 200 {
			go k.Token(t.Context(), fmt.Sprintf("p%03d", i), 0)
		}
		for range 60 {
			later(time.Second)
			most = max(most, w.keychain.busy())
		}
		if most > 2*readers {
			t.Fatalf("%d keychain operations at once", most)
		}
		later(10 * time.Minute)
		synctest.Wait()
	})
}
