package session

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

func TestANewSecretIsTriedBeforeItReplacesTheOld(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		set := func(s string) error { return w.keeper.SetSecret(t.Context(), "acme", secret.New(s), false) }
		err := set("wrong")
		if wantCode(t, err, fault.SecretRefused); fault.Of(err).Args["kept"] != "" {
			t.Fatal("there is no old one")
		}
		w.refusedWith(fault.SecretMissing)
		if err := set(theSecret); err != nil {
			t.Fatal(err)
		}
		w.token(0)
		w.wantFetched(2) // the token of the trial is in hand

		err = set("wrong again")
		if wantCode(t, err, fault.SecretRefused); fault.Of(err).Args["kept"] != "old" {
			t.Fatalf("%v", err)
		}
		w.wantStatus(account.SignedIn)
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		wantCode(t, set("new"), fault.Offline)
		w.flow.change(func() { w.flow.err = nil })
		w.run()
		later(23 * time.Hour)
		w.token(0)
		later(time.Minute)
		if sent := w.flow.fetched(); sent[len(sent)-1] != theSecret {
			t.Fatalf("sent %q", sent)
		}

		if err := w.keeper.SetSecret(t.Context(), "acme", secret.New("believed"), true); err != nil {
			t.Fatal(err)
		}
		w.run()
		later(24 * time.Hour)
		w.refusedWith(fault.SecretRefused)
		if sent := w.flow.fetched(); sent[len(sent)-1] != "believed" {
			t.Fatalf("sent %q", sent)
		}
	})
}

func TestSigningOutForgetsTheTokenAndRemovingTheSecret(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.token(0)
		report, err := w.keeper.SignOut(t.Context(), "acme")
		if err != nil || !report.Deleted || !report.NoRevoke || report.ValidUntil.IsZero() || report.Problem != nil {
			t.Fatalf("%+v, %v", report, err)
		}
		w.run()
		if a := w.wantStatus(account.SignedIn); !a.Until.IsZero() || a.Machine.Meter.Month != 1 {
			t.Fatalf("%+v", a)
		}
		if strings.Contains(w.keychain.kept["session/acme"], "access-1") {
			t.Fatal("the token is in the keychain")
		}
		w.token(0)
		w.wantFetched(2)
		if err := w.keeper.ForgetSecret(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		if _, there := w.keychain.kept["secret/acme"]; there || strings.Contains(w.keychain.kept["session/acme"], "access") {
			t.Fatalf("the keychain holds %q", w.keychain.kept)
		}
		w.refusedWith(fault.SecretMissing)
		w.give()
		if _, err := w.keeper.Remove(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %q", keys)
		}
	})
}

// The secret reaches nobody but the client that it was given for, whatever comes under the same id.
func TestASecretIsForOneClientAlone(t *testing.T) {
	evil := machineProfile("acme")
	evil.TokenEndpoint = "https://evil.example/token"
	person := acme("acme")
	for name, p := range map[string]profile.Profile{"another endpoint": evil, "people": person} {
		inMachineWorld(t, 0, func(t *testing.T, w *world) {
			w.run()
			w.give()
			w.token(0)
			if err := w.keeper.Import(t.Context(), p, true); err != nil {
				t.Fatal(err)
			}
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			if err == nil {
				t.Fatalf("%s: a token of the old client", name)
			}
			w.wantFetched(1)
			if keys := w.keychain.keys(); len(keys) != 0 {
				t.Fatalf("%s: the keychain holds %q", name, keys)
			}
		})
		inMachineWorld(t, 0, func(t *testing.T, w *world) { // while Keyfob does not run
			w.run()
			w.give()
			w.token(0)
			w.stop()
			w.writeProfile(p)
			w.run()
			if _, err := w.keeper.Token(t.Context(), "acme", 0); err == nil {
				t.Fatalf("%s: a token of the old client", name)
			}
			w.wantFetched(1)
		})
	}
}

func TestAnotherAudienceNeedsAnotherTokenAndNoOtherSecret(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.token(0)
		p := machineProfile("acme")
		p.Audience = "https://other.example/"
		if err := w.keeper.Import(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
		if got := w.token(0).Token.Reveal(); got != "access-2" {
			t.Fatalf("got %s", got)
		}
	})
}

func TestMemoryOnlyAndBack(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.keychain.always(fault.KeychainMissing)
		w.run()
		wantCode(t, w.keeper.SetSecret(t.Context(), "acme", secret.New(theSecret), false), fault.KeychainMissing)
		if err := w.keeper.UseMemoryOnly(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.keeper.SetSecret(t.Context(), "acme", secret.New(theSecret), false); err != nil {
			t.Fatal(err)
		}
		w.token(0)
		if a := w.wantStatus(account.SignedIn); a.Saved || len(a.Notices) != 0 || len(w.keychain.keys()) != 0 {
			t.Fatalf("%+v", a)
		}
		w.keychain.failing(nil)
		if err := w.keeper.RetryKeychain(t.Context()); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		w.wantStatus(account.SignedIn)
		w.run()
		w.token(0)
		w.wantFetched(1)
	})
}

func TestMemoryOnlyWithATokenInHand(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.token(0)
		w.keychain.always(fault.KeychainFailed)
		later(23 * time.Hour)
		w.token(0) // begins the next, which cannot be kept
		later(time.Second)
		if err := w.keeper.UseMemoryOnly(t.Context()); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		if a := w.account("acme"); a.Saved || len(w.memory.keys()) != 2 {
			t.Fatalf("saved: %v, in memory: %q", a.Saved, w.memory.keys())
		}
		w.keychain.failing(nil)
		if err := w.keeper.RetryKeychain(t.Context()); err != nil {
			t.Fatal(err)
		}
		later(time.Second)
		w.run()
		if got := w.token(0).Token.Reveal(); got != "access-2" {
			t.Fatalf("the keychain has %s", got)
		}
		w.wantFetched(2)
	})
}

func TestACallerWhileASecretIsTriedAddsNoRequest(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.flow.change(func() { w.flow.latency = 5 * time.Second })
		done := make(chan error, 1)
		go func() { done <- w.keeper.SetSecret(t.Context(), "acme", secret.New(theSecret), false) }()
		later(time.Second)
		w.token(0)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		w.wantFetched(1)
	})
}

// On a server the secret comes with the start, and nothing goes into a keychain or is read from one.
func TestASecretFromTheStartStaysInMemory(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.options.Secrets = map[string]secret.Text{"acme": secret.New(theSecret)}
		w.keychain.always(fault.KeychainMissing)
		w.run()
		w.token(0)
		w.token(0)
		a := w.wantStatus(account.SignedIn)
		if a.Saved || len(a.Notices) != 0 || len(w.keychain.keys()) != 0 || len(w.memory.keys()) != 0 {
			t.Fatalf("%+v", a)
		}
		w.wantFetched(1)
		if err := w.keeper.SetSecret(t.Context(), "acme", secret.New(theSecret), false); err != nil {
			t.Fatal(err)
		}
		evil := machineProfile("acme")
		evil.Issuer = "https://evil.example/"
		if err := w.keeper.Import(t.Context(), evil, true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.keeper.Token(t.Context(), "acme", 0); err == nil {
			t.Fatal("the secret went to another provider")
		}
		w.wantFetched(2)
		w.stop()
	})
}

func TestASecretFromTheStartIsNotKeptWhereItCouldBe(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.options.Secrets = map[string]secret.Text{"acme": secret.New(theSecret)}
		w.run()
		w.token(0)
		w.stop()
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %q", keys)
		}
	})
}

func TestASecretForAnAccountThatIsBeingRemovedIsKeptNowhere(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.keychain.wait = 5 * time.Second
		removed := make(chan error, 1)
		go func() { _, err := w.keeper.Remove(t.Context(), "acme"); removed <- err }()
		later(time.Second) // the account is being removed
		wantCode(t, w.keeper.SetSecret(t.Context(), "acme", secretOf("late"), true), fault.ProfileUnknown)
		if err := <-removed; err != nil {
			t.Fatal(err)
		}
		if keys := w.keychain.keys(); len(keys) != 0 {
			t.Fatalf("the keychain holds %q", keys)
		}
	})
}

func TestASecretFromTheStartNeedsItsAccount(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		k := New(Options{Flow: w.flow, Keychain: w.keychain, Profiles: w.profiles, Memory: w.memory,
			Secrets: map[string]secret.Text{"acmee": secret.New("x")}})
		wantCode(t, k.Run(t.Context()), fault.ProfileUnknown)
	})
}

func TestWhatCameAlongWithASecretIsNamed(t *testing.T) {
	for text, want := range map[string]fault.Reason{
		"": fault.UsageSecretEmpty, strings.Repeat("x", 4097): fault.UsageSecretTooLong, "\xff": fault.UsageSecretNotText,
		"“canary”": fault.UsageSecretCurlyQuote, "canary\n": fault.UsageSecretLineEnd, "can\r\nary": fault.UsageSecretLineEnd,
		" canary": fault.UsageSecretBlank, "canary\u00a0": fault.UsageSecretBlank,
		"can\u200bary": fault.UsageSecretInvisible, "\ufeffcanary": fault.UsageSecretInvisible,
		"can\tary":             fault.UsageSecretInvisible,
		"client_secret=canary": fault.UsageSecretAssigned, `"CLIENT_SECRET" = canary`: fault.UsageSecretAssigned,
		`"canary"`: fault.UsageSecretQuoted,
	} {
		if why := fault.Of(pasted(secret.New(text))); why == nil || why.Code != fault.BadUsage || why.Reason != want {
			t.Errorf("%q: %+v, want %s", text, why, want)
		} else if said := jsonOf(t, why); strings.Contains(said, "canary") {
			t.Errorf("%q: %s", text, said)
		}
	}
	for _, text := range []string{"x", strings.Repeat("x", 4096), "s3cret /+%&=ü:", `a"b`, "abc==", "'"} {
		if why := pasted(secret.New(text)); why != nil {
			t.Errorf("%q: %v", text, why)
		}
	}
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		wantCode(t, w.keeper.SetSecret(t.Context(), "acme", secret.New("“canary”"), true), fault.BadUsage)
		w.addProfile("person")
		w.run()
		wantCode(t, w.keeper.SetSecret(t.Context(), "person", secret.New("x"), true), fault.BadUsage)
	})
}

// TestC58TheSecretOfAMachineIsInNoLogAndNoError, nor in the record or in what the callers see.
func TestC58TheSecretOfAMachineIsInNoLogAndNoError(t *testing.T) {
	inMachineWorld(t, 3, func(t *testing.T, w *world) {
		var log strings.Builder
		w.options.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w.run()
		var said []string
		note := func(err error) {
			if err != nil {
				said = append(said, err.Error(), strings.Join(mapValues(fault.Of(err).Args), " "))
			}
		}
		note(w.keeper.SetSecret(t.Context(), "acme", secret.New("wrong-canary"), false))
		w.give()
		for _, err := range []error{fault.New(fault.Offline), fault.New(fault.SecretRefused), errors.New("odd"), nil} {
			w.flow.change(func() { w.flow.err = err })
			later(time.Hour)
			_, err := w.keeper.Token(t.Context(), "acme", 0)
			note(err)
			w.give()
		}
		snapshot, err := encodeJSON(w.hub.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, log.String(), w.keychain.kept["session/acme"], snapshot)
		if all := strings.Join(said, "\n"); strings.Contains(all, "canary") || !strings.Contains(all, "token fetched") {
			t.Fatalf("%s", all)
		}
	})
}

func mapValues(m map[string]string) (all []string) {
	for _, v := range m {
		all = append(all, v)
	}
	return all
}

func encodeJSON(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}
