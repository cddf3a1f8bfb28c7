package session

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// leavesOffline signs in and out again, while the provider cannot be told.
func (w *world) leavesOffline() account.SignOutReport {
	w.t.Helper()
	w.run()
	w.signIn("acme")
	w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
	return w.signOut()
}

func (w *world) online() { w.flow.change(func() { w.flow.err = nil }) }

// pending is the refresh token that the keychain keeps for a revocation.
func (w *world) pending() string {
	w.t.Helper()
	w.keychain.mu.Lock()
	defer w.keychain.mu.Unlock()
	data, ok := w.keychain.kept[firstKey("acme")]
	if !ok {
		return ""
	}
	r, err := parseRecord([]byte(data))
	if err != nil || !r.ended() {
		w.t.Fatalf("%v, a session: %v", err, !r.ended())
	}
	return r.toRevoke.Reveal()
}

func (w *world) wantRevoked(want ...string) {
	w.t.Helper()
	if gone := w.flow.gone(); !slices.Equal(gone, want) {
		w.t.Fatalf("revoked %q, want %q", gone, want)
	}
}

func TestF37C53ARevocationThatFailedIsTriedAgain(t *testing.T) {
	for _, restart := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			r := w.leavesOffline()
			until := w.now().Add(revocationTime).UTC().Format(time.RFC3339)
			if r.Revoked || !r.Deleted || fault.CodeOf(r.Problem) != fault.RevokeFailed || r.Problem.Args["again"] != until {
				t.Fatalf("%+v, want it tried again until %s", r, until)
			}
			if got := w.pending(); got != "refresh-1" {
				t.Fatalf("kept %q", got)
			}
			if restart {
				w.run()
			}
			a := w.wantStatus(account.SignedOut)
			if len(a.Notices) != 1 || a.Notices[0].Code != fault.RevokeFailed || a.Notices[0].Args["again"] == "" {
				t.Fatalf("%+v", a)
			}
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, fault.SignedOutLocal)
			later(5 * time.Hour)
			w.online()
			later(2 * revocationMost)
			w.wantRevoked("refresh-1")
			if a := w.wantStatus(account.SignedOut); len(a.Notices) != 0 || len(w.keychain.keys()) != 0 {
				t.Fatalf("%+v, the keychain holds %v", a, w.keychain.keys())
			}
			later(24 * time.Hour)
			w.wantRevoked("refresh-1")
			if len(w.flow.sent()) != 0 {
				t.Fatal("the token was used for something else")
			}
		})
	}
}

func TestF37ARevocationIsGivenUpAfterADay(t *testing.T) {
	for _, restart := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			w.leavesOffline()
			if restart {
				w.stop()
				later(revocationTime + time.Minute)
				w.run()
				later(time.Minute)
			} else {
				later(revocationTime + 2*revocationMost)
			}
			if n := w.flow.revokes; n > 40 || restart != (n == 1) {
				t.Fatalf("%d tries", n)
			}
			a := w.wantStatus(account.SignedOut)
			if keys := w.keychain.keys(); len(keys) != 0 || len(a.Notices) != 0 {
				t.Fatalf("the keychain holds %v, %v", keys, a.Notices)
			}
		})
	}
}

// A sign-out under a clock that was years ahead is not tried for years.
func TestF37F10ASignOutInTheFuture(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		r := w.record()
		w.stop()
		r.toRevoke, r.refresh, r.saved = r.refresh, r.toRevoke, w.now().Add(10*year)
		w.keychain.keeps(t, firstKey("acme"), r)
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		w.run()
		later(revocationTime + 2*revocationMost)
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
	})
}

// A provider may take back with one token all that the person has allowed the program, and with it the new session.
func TestF37ASignInIsNotHarmedByTheRevocationBeforeIt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.leavesOffline()
		w.online()
		w.signIn("acme")
		if a := w.wantStatus(account.SignedIn); !a.Saved || len(a.Notices) != 0 {
			t.Fatalf("%+v", a)
		}
		later(48 * time.Hour)
		w.wantRevoked()
		w.run()
		later(time.Minute)
		w.wantStatus(account.SignedIn)
		w.wantRevoked()
	})
}

func TestF37NothingIsRevokedWhileAPersonSignsIn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.leavesOffline()
		w.online()
		caller := w.ask(t.Context(), false)
		later(3 * time.Hour)
		w.wantRevoked()
		if err := w.keeper.Cancel("acme"); err != nil {
			t.Fatal(err)
		}
		<-caller.done
		later(2 * revocationMost)
		w.wantRevoked("refresh-1")
	})
	inWorld(t, func(t *testing.T, w *world) { // one that is under way is cut off
		w.leavesOffline()
		w.online()
		w.flow.change(func() { w.flow.latency = 10 * time.Second })
		later(revocationFirst + time.Second)
		if w.flow.revokes != 2 {
			t.Fatalf("%d tries", w.flow.revokes)
		}
		w.signIn("acme")
		later(time.Hour)
		w.wantRevoked()
		w.wantStatus(account.SignedIn)
	})
}

func TestF37WhatWillNeverSucceedIsNotTriedAgain(t *testing.T) {
	for _, code := range []fault.Code{fault.ClientRefused, fault.RevokeFailed, fault.ForeignEndpoint} {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			w.flow.change(func() { w.flow.err = fault.New(code) })
			r := w.signOut()
			if fault.CodeOf(r.Problem) != fault.RevokeFailed || r.Problem.Args["again"] != "" || !r.Deleted {
				t.Fatalf("%s: %+v", code, r)
			}
			if later(24 * time.Hour); w.flow.revokes != 1 || len(w.keychain.keys()) != 0 {
				t.Fatalf("%s: %d tries, the keychain holds %v", code, w.flow.revokes, w.keychain.keys())
			}
		})
		inWorld(t, func(t *testing.T, w *world) { // a word that comes later counts as much
			w.leavesOffline()
			w.flow.change(func() { w.flow.err = fault.New(code) })
			if later(24 * time.Hour); w.flow.revokes != 2 || len(w.keychain.keys()) != 0 {
				t.Fatalf("%s: %d tries, the keychain holds %v", code, w.flow.revokes, w.keychain.keys())
			}
		})
	}
}

func TestF37ASecondSignOutTriesAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.leavesOffline()
		if r := w.signOut(); r.Revoked || r.Problem.Args["again"] == "" || w.pending() != "refresh-1" {
			t.Fatalf("%+v, kept %q", r, w.pending())
		}
		w.online()
		if r := w.signOut(); !r.Revoked || !r.Deleted || len(w.keychain.keys()) != 0 {
			t.Fatalf("%+v, the keychain holds %v", r, w.keychain.keys())
		}
		later(24 * time.Hour)
		w.wantRevoked("refresh-1")
	})
}

// Who removes the account leaves nothing behind, not even a good intention.
func TestF37RemovingLeavesNothingBehind(t *testing.T) {
	for _, before := range []bool{false, true} {
		inWorld(t, func(t *testing.T, w *world) {
			if before {
				w.leavesOffline()
			} else {
				w.run()
				w.signIn("acme")
				w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
			}
			r, err := w.keeper.Remove(t.Context(), "acme")
			if err != nil || r.Problem == nil || r.Problem.Args["again"] != "" || len(w.keychain.keys()) != 0 {
				t.Fatalf("%+v, %v, the keychain holds %v", r, err, w.keychain.keys())
			}
			if later(24 * time.Hour); w.flow.revokes != map[bool]int{false: 1, true: 2}[before] {
				t.Fatalf("%d tries", w.flow.revokes)
			}
		})
	}
}

func TestF37AnotherProviderIsNotTold(t *testing.T) {
	p := acme("acme")
	p.Issuer = "https://other.example/"
	inWorld(t, func(t *testing.T, w *world) {
		w.leavesOffline()
		if err := w.keeper.Import(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
		w.online()
		later(24 * time.Hour)
		w.wantRevoked()
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
	})
	inWorld(t, func(t *testing.T, w *world) { // edited by hand while Keyfob was not running
		w.leavesOffline()
		w.stop()
		data, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		w.profiles.kept["acme"] = string(data)
		w.online()
		w.run()
		later(24 * time.Hour)
		w.wantRevoked()
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
	})
}

func TestF37WithoutAKeychainMemoryKeepsIt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		w.keychain.always(fault.KeychainLocked)
		if r := w.signOut(); r.Deleted || r.Revoked || fault.CodeOf(r.Problem) != fault.KeychainLocked {
			t.Fatalf("%+v", r)
		}
		w.keychain.failing(nil)
		later(time.Hour) // it is back, and keeps what is still to be done
		if got := w.pending(); got != "refresh-1" {
			t.Fatalf("kept %q", got)
		}
		w.online()
		w.run()
		later(time.Hour)
		w.wantRevoked("refresh-1")
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %v", keys)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		w.options.MemoryOnly = true
		if r := w.leavesOffline(); !r.Deleted || r.Problem.Args["again"] == "" {
			t.Fatalf("%+v", r)
		}
		w.online()
		later(time.Hour)
		w.wantRevoked("refresh-1")
		if len(w.memory.keys()) != 0 || len(w.keychain.keys()) != 0 {
			t.Fatal("something is left")
		}
	})
}

// Killed anywhere between the sign-out and the end of its deletion: whoever is signed in then is not signed out by it.
func TestF37KilledInASignOut(t *testing.T) {
	for n := range 3 {
		for _, done := range []bool{false, true} {
			inWorld(t, func(t *testing.T, w *world) {
				w.run()
				w.signIn("acme")
				w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
				count := 0
				w.keychain.failing(func(op, _ string) error {
					if op != "save" && op != "delete" {
						return nil
					}
					if count++; count > n || count == n && !done {
						return errors.New("killed")
					}
					return nil
				})
				w.signOut()
				w.online()
				w.crash()
				signedIn := w.account("acme").Status.HasSession()
				later(2 * time.Hour)
				if signedIn {
					w.wantStatus(account.SignedIn)
					w.wantRevoked()
					return
				}
				w.wantStatus(account.SignedOut)
				synctest.Wait()
				if keys := w.keychain.keys(); len(keys) != 0 {
					t.Fatalf("step %d %v: the keychain holds %v", n, done, keys)
				}
			})
		}
	}
}
