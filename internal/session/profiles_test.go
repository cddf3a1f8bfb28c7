package session

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

func TestImportAddsAnAccount(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		if err := w.keeper.Import(t.Context(), acme("beta"), false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if a := w.account("beta"); a.Status != account.SignedOut || a.Name != "Acme beta" {
			t.Fatalf("%+v", a)
		}
		if p, err := w.keeper.Profile(t.Context(), "beta"); err != nil || p.Issuer != issuer {
			t.Fatal(p, err)
		}
		if !slices.Equal(w.profiles.keys(), []string{"acme", "beta"}) || w.flow.prepared() != 2 {
			t.Fatalf("files %v, prepared %d", w.profiles.keys(), w.flow.prepared())
		}
		w.run()
		w.account("beta")
	})
}

func TestImportFindsTheSessionOfALostProfile(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		delete(w.profiles.kept, "acme")
		w.run()
		if err := w.keeper.Import(t.Context(), acme("acme"), false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.wantStatus(account.SignedIn)
	})
}

func TestAccountsAreInTheOrderOfTheirNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		for id, name := range map[string]string{"z": "alpha", "y": "Beta", "x": "Zulu"} {
			p := acme(id)
			p.ClientName = name
			if err := w.keeper.Import(t.Context(), p, false); err != nil {
				t.Fatal(err)
			}
		}
		var names []string
		for _, a := range w.hub.Snapshot().Accounts {
			names = append(names, a.Name)
		}
		if got := strings.Join(names, ", "); got != "Acme acme, alpha, Beta, Zulu" {
			t.Fatal(got)
		}
	})
}

func TestA44AChangeIsShownBeforeItIsMade(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		if err := w.keeper.Import(t.Context(), acme("acme"), false); err != nil {
			t.Fatal("the same file again:", err)
		}
		cosmetic := acme("acme")
		cosmetic.ClientName = "Acme, Inc."
		wantCode(t, w.keeper.Import(t.Context(), cosmetic, false), fault.ProfileExists)

		evil := acme("acme")
		evil.Issuer = "https://evil.example/"
		err := w.keeper.Import(t.Context(), evil, false)
		wantCode(t, err, fault.ProfileChanged)
		if changes := fault.Of(err).Findings; len(changes) != 1 || !strings.Contains(changes[0].Args["is"], "evil.example") {
			t.Fatalf("changes: %v", changes)
		}
		a := w.wantStatus(account.SignedIn)
		if a.Host != "acme.eu.auth0.com" || a.Name != "Acme acme" {
			t.Fatalf("%+v", a)
		}

		if err := w.keeper.Import(t.Context(), cosmetic, true); err != nil {
			t.Fatal(err)
		}
		if a := w.wantStatus(account.SignedIn); a.Name != "Acme, Inc." {
			t.Fatalf("%+v", a)
		}
	})
}

func TestA44TheOldTokensEndWithTheOldProvider(t *testing.T) {
	changes := map[string]func(*profile.Profile){
		"issuer":         func(p *profile.Profile) { p.Issuer = "https://other.example/" },
		"client":         func(p *profile.Profile) { p.ClientID = "other" },
		"token endpoint": func(p *profile.Profile) { p.TokenEndpoint = "https://other.example/token" },
		// a sign-out would carry the refresh token there
		"revocation endpoint": func(p *profile.Profile) { p.RevocationEndpoint = "https://other.example/revoke" },
	}
	for name, change := range changes {
		inWorld(t, func(t *testing.T, w *world) {
			w.run()
			w.signIn("acme")
			p := acme("acme")
			change(&p)
			if err := w.keeper.Import(t.Context(), p, true); err != nil {
				t.Fatal(name, err)
			}
			later(time.Second)
			if a := w.wantStatus(account.SignedOut); a.Who != nil || a.Issuer != p.Issuer {
				t.Fatalf("%s: %+v", name, a)
			}
			if gone := w.flow.gone(); len(w.keychain.keys()) != 0 || !slices.Equal(gone, []string{"refresh-1"}) {
				t.Fatalf("%s: the keychain holds %v, revoked %q", name, w.keychain.keys(), gone)
			}
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			wantCode(t, err, fault.SignedOutLocal)
			later(2 * time.Hour)
			if sent := w.flow.sent(); len(sent) != 0 {
				t.Fatalf("%s: sent %q", name, sent)
			}
		})
	}
}

func TestF09AMendedProfileIsTriedAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.flow.change(func() { w.flow.refuse = fault.New(fault.ClientRefused) })
		later(24 * time.Hour)
		w.wantStatus(account.Trouble)
		w.flow.change(func() { w.flow.refuse = nil })
		p := acme("acme")
		p.TokenEndpointAuthMethod = "client_secret_post"
		if err := w.keeper.Import(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		w.wantStatus(account.SignedIn)
	})
}

func TestWhoWasRemovedAndCameBackKeepsTheNewSession(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.keychain.always(fault.KeychainFailed)
		if r, err := w.keeper.Remove(t.Context(), "acme"); err != nil || r.Deleted {
			t.Fatal(r, err)
		}
		w.keychain.failing(nil)
		if err := w.keeper.Import(t.Context(), acme("acme"), false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.signIn("acme")
		later(30 * time.Minute)
		if _, first := w.slots(); first != w.flow.newest() {
			t.Fatalf("the keychain holds %q", first)
		}
	})
}

func TestImportDuringASignInEndsIt(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		caller := w.ask(t.Context(), false)
		p := acme("acme")
		p.ClientID = "other"
		if err := w.keeper.Import(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
		wantCode(t, <-caller.done, fault.SignInCancelled)
		w.wantStatus(account.SignedOut)
	})
}

func TestF27AFullDiskChangesNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		w.profiles.always(fault.DiskTrouble, "save", "delete")
		wantCode(t, w.keeper.Import(t.Context(), acme("beta"), false), fault.DiskTrouble)
		p := acme("acme")
		p.ClientID = "other"
		wantCode(t, w.keeper.Import(t.Context(), p, true), fault.DiskTrouble)
		w.wantStatus(account.SignedIn)
		if n := len(w.hub.Snapshot().Accounts); n != 1 {
			t.Fatalf("%d accounts", n)
		}
		_, err := w.keeper.Remove(t.Context(), "acme")
		wantCode(t, err, fault.DiskTrouble)
		w.wantStatus(account.SignedOut)
	})
}

func TestAProfileThatIsNotValidIsNotImported(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		p := acme("beta")
		p.Issuer = "http://acme.example/"
		wantCode(t, w.keeper.Import(t.Context(), p, false), fault.BadProfile)
		if !slices.Equal(w.profiles.keys(), []string{"acme"}) {
			t.Fatalf("files %v", w.profiles.keys())
		}
	})
}

func TestRemoveSignsOutAndForgets(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		k := w.run()
		w.signIn("acme")
		caller := w.ask(t.Context(), false)
		r, err := k.Remove(t.Context(), "acme")
		if err != nil || !r.Revoked || !r.Deleted {
			t.Fatal(r, err)
		}
		wantCode(t, <-caller.done, fault.SignInCancelled)
		if len(w.hub.Snapshot().Accounts) != 0 || len(w.profiles.keys()) != 0 || len(w.keychain.keys()) != 0 {
			t.Fatalf("files %v, keychain %v", w.profiles.keys(), w.keychain.keys())
		}
		_, err = k.Remove(t.Context(), "acme")
		wantCode(t, err, fault.ProfileUnknown)
		_, err = k.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.ProfileUnknown)
	})
}

func TestTheDemoIsMarked(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		p := acme("my-demo")
		p.Issuer = demoIssuer
		if err := w.keeper.Import(t.Context(), p, false); err != nil {
			t.Fatal(err)
		}
		if !w.account("my-demo").Demo || w.account("acme").Demo {
			t.Fatal("the demo is not told from the rest")
		}
	})
}
