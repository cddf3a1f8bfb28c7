package session

import (
	"context"
	"crypto/sha256"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

const theSecret = "s3cret-canary"

// machineProfile is a profile of a program of its own.
func machineProfile(id string) profile.Profile {
	return profile.Profile{
		Version: 1, ID: id, ClientName: "Acme " + id, Issuer: issuer, ClientID: "client", Audience: "https://api.example/",
		GrantTypes: []string{profile.ClientCredentials}, TokenEndpointAuthMethod: profile.AuthBasic,
	}
}

// inMachineWorld is inWorld with a machine in place of acme, whose provider gives tokens for a day and knows theSecret.
func inMachineWorld(t *testing.T, limit int, test func(t *testing.T, w *world)) {
	t.Helper()
	inWorld(t, func(t *testing.T, w *world) {
		p := machineProfile("acme")
		p.MonthlyTokenLimit = limit
		w.writeProfile(p)
		w.flow.secret, w.flow.lifetime = theSecret, 24*time.Hour
		test(t, w)
	})
}

func (w *world) writeProfile(p profile.Profile) {
	w.t.Helper()
	if err := p.Validate(); err != nil {
		w.t.Fatal(err)
	}
	data, err := p.Marshal()
	if err != nil {
		w.t.Fatal(err)
	}
	w.profiles.kept[p.ID] = string(data)
}

// give gives acme its secret, without a request.
func (w *world) give() {
	w.t.Helper()
	if err := w.keeper.SetSecret(w.t.Context(), "acme", secret.New(theSecret), true); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wantFetched(want int) {
	w.t.Helper()
	if n := len(w.flow.fetched()); n != want {
		w.t.Fatalf("%d requests, want %d", n, want)
	}
}

// refusedWith is what Token says instead of giving one.
func (w *world) refusedWith(want fault.Code) *fault.Error {
	w.t.Helper()
	_, err := w.keeper.Token(w.t.Context(), "acme", 0)
	wantCode(w.t, err, want)
	return fault.Of(err)
}

func TestAMachineWithoutSecretSaysSo(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.refusedWith(fault.SecretMissing)
		a := w.wantStatus(account.NeedsSignIn)
		if a.Machine == nil || a.Machine.Secret || a.Renews {
			t.Fatalf("%+v", a)
		}
		err := w.keeper.SignIn(t.Context(), "acme", false, nil)
		wantCode(t, err, fault.BadUsage)
		w.wantFetched(0)
	})
}

func TestC60TenLaunchesOneRequest(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		first := w.token(0).Token
		for range 10 {
			w.run()
			a := w.token(time.Minute)
			if !a.Token.Equal(first) || a.Type != "Bearer" {
				t.Fatalf("another token: %+v", a)
			}
			later(time.Minute)
		}
		w.wantFetched(1)
		w.run()
		a := w.wantStatus(account.SignedIn)
		if m := a.Machine; !m.Secret || !a.Saved || m.Lifetime != 86400 || m.Meter.Month != 1 || m.Meter.Reused != 10 {
			t.Fatalf("%+v", a.Machine)
		}
		if a.Until.IsZero() || len(a.Notices) != 0 {
			t.Fatalf("%+v", a)
		}
	})
}

func TestC60FiftyCallersOneRequest(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { w.token(0) })
		}
		wg.Wait()
		w.wantFetched(1)
	})
}

// A caller every minute of a month of 31 days, with tokens that last a day: each is used for at least 80 % of its life.
func TestC60AMonthOfCallersCostsLittleMoreThanATokenADay(t *testing.T) {
	for jitter, most := range map[float64]int{0: 39, 0.5: 37, 1: 35} {
		inMachineWorld(t, 0, func(t *testing.T, w *world) {
			w.jitter = jitter
			w.run()
			w.give()
			for range 31 * 24 * 60 {
				if a := w.token(0); a.Expiry.Sub(w.now()) < 2*time.Hour {
					t.Fatalf("a token with %v left", a.Expiry.Sub(w.now()))
				}
				later(time.Minute)
			}
			if n := len(w.flow.fetched()); n > most {
				t.Fatalf("jitter %v: %d requests", jitter, n)
			}
		})
	}
}

func TestWithoutCallersAMachineAsksNothing(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.token(0)
		later(31 * 24 * time.Hour)
		w.sleeps(24 * time.Hour)
		later(24 * time.Hour)
		w.wantFetched(1)
		if n := w.flow.prepared(); n != 0 {
			t.Fatalf("%d preparations", n)
		}
		if a := w.wantStatus(account.SignedIn); !a.Until.IsZero() {
			t.Fatalf("a token that has ended is shown: %v", a.Until)
		}
	})
}

func TestMinValidOfAMachineIsHonouredWhereThatHelps(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.token(0)
		later(4 * time.Hour)
		if a := w.token(22 * time.Hour); a.Note == nil || a.Note.Code != fault.ShortLived {
			t.Fatalf("%v left, and it is not said", a.Expiry.Sub(w.now()))
		}
		w.wantFetched(1)
		later(4*time.Hour + time.Second)
		if a := w.token(22 * time.Hour); a.Expiry.Sub(w.now()) < 22*time.Hour || a.Note != nil {
			t.Fatalf("%v left", a.Expiry.Sub(w.now()))
		}
		w.wantFetched(2)
		later(12 * time.Hour)
		for range 10 { // no token ever lasts that long
			if a := w.token(24 * time.Hour); a.Note == nil || a.Note.Code != fault.ShortLived {
				t.Fatalf("%+v", a)
			}
			later(time.Minute)
		}
		w.wantFetched(2)
	})
}

// A month of callers who want a token that is good for nearly all of its life: three of them a day, whatever they ask
// for, so that a cap which is made for a token a day is not used up.
func TestC60CallersWhoWantAYoungTokenDoNotUseUpTheMonth(t *testing.T) {
	for _, minValid := range []time.Duration{24*time.Hour - 2*time.Second, 20 * time.Hour, 17 * time.Hour} {
		inMachineWorld(t, 100, func(t *testing.T, w *world) {
			w.run()
			w.give()
			for range 31 * 24 * 60 {
				if a := w.token(minValid); a.Expiry.Sub(w.now()) < 15*time.Hour {
					t.Fatalf("a token with %v left", a.Expiry.Sub(w.now()))
				}
				later(time.Minute)
			}
			if n := len(w.flow.fetched()); n > 93 {
				t.Fatalf("%v: %d requests", minValid, n)
			}
		})
	}
}

// A token of an hour, of which 59:58 are wanted every 10 seconds.
func TestC60AnEagerCallerOfAnHour(t *testing.T) {
	inMachineWorld(t, 100, func(t *testing.T, w *world) {
		w.flow.lifetime = time.Hour
		w.run()
		w.give()
		for range 6 * 60 * 24 {
			if a := w.token(time.Hour - 2*time.Second); a.Expiry.Sub(w.now()) < 40*time.Minute {
				t.Fatalf("a token with %v left", a.Expiry.Sub(w.now()))
			}
			later(10 * time.Second)
		}
		if n := len(w.flow.fetched()); n > 3*24 {
			t.Fatalf("%d requests in a day", n)
		}
	})
}

func TestAnOldTokenIsReplacedWhileNobodyWaits(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		old := w.token(0).Token
		w.flow.change(func() { w.flow.latency = 20 * time.Second })
		later(22 * time.Hour)
		begin := time.Now()
		if !w.token(0).Token.Equal(old) || time.Since(begin) != 0 {
			t.Fatal("a caller waited although the token in hand is good")
		}
		later(time.Minute)
		if w.token(0).Token.Equal(old) {
			t.Fatal("the old token was not replaced")
		}
		w.wantFetched(2)
	})
}

func TestTheCapEndsTheAskingUntilTheMonthIsOver(t *testing.T) {
	inMachineWorld(t, 10, func(t *testing.T, w *world) { // it is the first of January
		w.flow.lifetime = 5 * time.Minute
		w.run()
		w.give()
		for range 8 {
			w.token(0)
			later(6 * time.Minute)
		}
		a := w.wantStatus(account.SignedIn)
		if len(a.Notices) != 1 || a.Notices[0].Code != fault.CapNear || a.Notices[0].Args["used"] != "8" {
			t.Fatalf("notices %v", a.Notices)
		}
		w.token(0)
		later(6 * time.Minute)
		last := w.token(0)
		a = w.wantStatus(account.Limited)
		if w.token(0); a.Problem.Code != fault.CapReached || a.Machine.Meter.Left() != 0 || len(a.Notices) != 0 {
			t.Fatalf("%+v", a)
		}
		if again := w.token(0); !again.Token.Equal(last.Token) {
			t.Fatal("the token in hand is not handed out")
		}
		later(6 * time.Minute)
		f, resets := w.refusedWith(fault.CapReached), time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC)
		if !f.Until.Equal(resets) || f.Args["limit"] != "10" {
			t.Fatalf("%v", f.Args)
		}
		w.run()
		for range 20 {
			w.refusedWith(fault.CapReached)
			later(24 * time.Hour)
		}
		w.wantFetched(10)
		later(time.Until(time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC)) + time.Second)
		w.wantStatus(account.SignedIn) // though nobody has asked
		w.token(0)
		w.wantFetched(11)
	})
}

func TestACapThatIsRaisedCountsAtOnce(t *testing.T) {
	inMachineWorld(t, 1, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.token(0)
		later(25 * time.Hour)
		w.refusedWith(fault.CapReached)
		p := machineProfile("acme")
		p.MonthlyTokenLimit = 2
		if err := w.keeper.Import(t.Context(), p, true); err != nil {
			t.Fatal(err)
		}
		w.token(0)
		if a := w.wantStatus(account.Limited); a.Machine.Meter.Month != 2 {
			t.Fatalf("%+v", a.Machine)
		}
	})
}

func TestAFailedRequestBacksOffAcrossRestarts(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.flow.change(func() { w.flow.err = fault.New(fault.ProviderTrouble, "host", "acme.eu.auth0.com", "status", "503") })
		begin := time.Now()
		for time.Since(begin) < 24*time.Hour {
			w.run() // as a job does that starts Keyfob anew each time
			w.refusedWith(fault.ProviderTrouble)
			later(20 * time.Second)
		}
		// 30 s, doubled up to half an hour, each up to a quarter longer: 7 until then, and 24 h of half-hours.
		if n := len(w.flow.fetched()); n < 30 || n > 56 {
			t.Fatalf("%d requests in a day", n)
		}
		w.wantStatus(account.Trouble)
		before := len(w.flow.fetched())
		w.flow.change(func() { w.flow.err = nil })
		later(40 * time.Minute)
		w.token(0)
		w.wantStatus(account.SignedIn)
		w.wantFetched(before + 1)
	})
}

func TestAProviderThatSaysWhenIsBelieved(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		until := w.now().Add(3 * time.Hour)
		w.flow.change(func() { w.flow.err = fault.New(fault.QuotaExhausted, "host", "acme.eu.auth0.com").WithUntil(until) })
		w.refusedWith(fault.QuotaExhausted)
		w.wantStatus(account.Limited)
		for range 17 {
			later(10 * time.Minute)
			w.run()
			w.refusedWith(fault.QuotaExhausted)
			err := w.keeper.SetSecret(t.Context(), "acme", secret.New("another"), false)
			wantCode(t, err, fault.QuotaExhausted) // trying asks as well
		}
		w.wantFetched(1)
		w.flow.change(func() { w.flow.err = nil })
		later(11 * time.Minute)
		w.token(0)
		w.wantFetched(2)
	})
}

func TestWhatIsRefusedForGoodIsNotAskedAgain(t *testing.T) {
	for code, status := range map[fault.Code]account.Status{
		fault.SecretRefused: account.NeedsSignIn, fault.ClientRefused: account.Trouble,
	} {
		inMachineWorld(t, 0, func(t *testing.T, w *world) {
			w.run()
			w.give()
			w.flow.change(func() { w.flow.err = fault.New(code, "error", "e") })
			for range 30 {
				w.refusedWith(code)
				w.wantStatus(status)
				later(12 * time.Hour)
				w.run()
			}
			w.wantFetched(1)

			p := machineProfile("acme")
			p.Scope = "read"
			if err := w.keeper.Import(t.Context(), p, true); err != nil {
				t.Fatal(err)
			}
			w.refusedWith(code)
			w.wantFetched(2)
			w.give() // the same, because somebody at the provider has allowed it
			w.refusedWith(code)
			w.wantFetched(3)
			w.flow.change(func() { w.flow.err = nil })
			if err := w.keeper.SetSecret(t.Context(), "acme", secret.New(theSecret), false); err != nil {
				t.Fatal(err)
			}
			w.token(0)
			w.wantFetched(4)
			w.wantStatus(account.SignedIn)
		})
	}
}

// A clock that was set back before a restart leaves a token of which nobody knows the age: it costs one more request,
// and the meter forgets nothing.
func TestAClockSetBackCostsOneRequestAndNoCount(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		later(40 * 24 * time.Hour) // February
		w.token(0)
		w.sleeps(-20 * 24 * time.Hour) // January
		w.run()
		for range 10 {
			w.token(0)
			later(time.Minute)
			w.run()
		}
		w.wantFetched(2)
		if m := w.account("acme").Machine.Meter; m.Month != 2 {
			t.Fatalf("%+v", m)
		}
	})
}

func TestAKeychainThatFailsLosesNoToken(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.keychain.always(fault.KeychainFailed, "save")
		w.token(0)
		w.token(0)
		w.wantFetched(1)
		a := w.account("acme")
		if a.Saved || len(a.Notices) != 1 || a.Notices[0].Code != fault.NotSaved {
			t.Fatalf("%+v", a)
		}
		w.keychain.failing(nil)
		later(time.Minute)
		if a := w.account("acme"); !a.Saved {
			t.Fatalf("not written when the keychain was back: %+v", a)
		}
		w.run()
		w.token(0)
		w.wantFetched(1)
	})
}

func TestKilledBetweenAnswerAndSaveCostsOneRequest(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.keychain.failing(func(op, _ string) error {
			if op == "save" {
				return fault.New(fault.KeychainFailed)
			}
			return nil
		})
		w.token(0)
		w.stop()
		w.keychain.failing(nil)
		w.run()
		w.token(0)
		w.run()
		w.token(0)
		w.wantFetched(2)
	})
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		bad := sha256.Sum256([]byte(w.token(0).Token.Reveal()))
		instead := func(refused [sha256.Size]byte) account.Access {
			t.Helper()
			a, err := w.keeper.TokenInsteadOf(t.Context(), "acme", refused, 0)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		later(time.Minute)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if got := instead(bad).Token.Reveal(); got != "access-2" {
					t.Errorf("got %s", got)
				}
			})
		}
		wg.Wait()
		if got := instead(bad).Token.Reveal(); got != "access-2" {
			t.Fatalf("the newer one was not handed out: %s", got)
		}
		w.wantFetched(2)

		// An API that refuses whatever it gets: more and more seldom.
		for begin := time.Now(); time.Since(begin) < 24*time.Hour; later(10 * time.Second) {
			instead(sha256.Sum256([]byte(w.token(0).Token.Reveal())))
		}
		n := len(w.flow.fetched())
		if n < 10 || n > 40 {
			t.Fatalf("%d requests in a day", n)
		}
		for begin := time.Now(); time.Since(begin) < 30*24*time.Hour; later(time.Minute) {
			instead(sha256.Sum256([]byte(w.token(0).Token.Reveal())))
		}
		if n = len(w.flow.fetched()); n > 120 {
			t.Fatalf("%d requests in a month", n)
		}
		for range 20 { // nor does a restart make it begin anew
			w.run()
			instead(sha256.Sum256([]byte(w.token(0).Token.Reveal())))
			later(time.Minute)
		}
		if more := len(w.flow.fetched()) - n; more > 1 {
			t.Fatalf("%d requests in 20 minutes of restarts", more)
		}
	})
}

func TestARefusedTokenOfAPersonIsRenewedOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.signIn("acme")
		bad := sha256.Sum256([]byte("access-1"))
		later(time.Minute)
		for range 3 {
			a, err := w.keeper.TokenInsteadOf(t.Context(), "acme", bad, 0)
			if err != nil || a.Token.Reveal() != "access-2" {
				t.Fatalf("%+v, %v", a, err)
			}
		}
		if sent := w.flow.sent(); len(sent) != 1 {
			t.Fatalf("sent %q", sent)
		}
		w.flow.change(func() { w.flow.err = fault.New(fault.Offline) })
		later(time.Minute)
		_, err := w.keeper.TokenInsteadOf(t.Context(), "acme", sha256.Sum256([]byte("access-2")), 0)
		wantCode(t, err, fault.Offline)
		w.token(0) // it is good as far as we know
	})
}

// Accounts of people have no secret: nobody looks for one.
func TestNoSecretIsLookedForOfPeople(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.addProfile("person")
		var mu sync.Mutex
		asked := map[string]int{}
		w.keychain.failing(func(op, key string) error {
			mu.Lock()
			defer mu.Unlock()
			if op == "load" {
				asked[key]++
			}
			return nil
		})
		w.run()
		want := map[string]int{"session/person": 1, "session/person/next": 1, "session/acme": 1, "secret/acme": 1}
		for key, n := range want {
			if asked[key] != n {
				t.Errorf("%s was read %d times", key, asked[key])
			}
		}
		if len(asked) != len(want) {
			t.Errorf("read %v", asked)
		}
	})
}

func TestAMachineWhoseKeychainIsLocked(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.token(0)
		w.keychain.always(fault.KeychainLocked)
		w.run()
		w.wantStatus(account.KeychainLocked)
		w.refusedWith(fault.KeychainLocked)
		wantCode(t, w.keeper.SetSecret(t.Context(), "acme", secret.New("x"), true), fault.KeychainLocked)
		w.keychain.failing(nil)
		if err := w.keeper.RetryKeychain(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.token(0)
		w.wantFetched(1)
	})
}

func TestThePaceOfCallersIsKeptWhileARequestFails(t *testing.T) {
	inMachineWorld(t, 0, func(t *testing.T, w *world) {
		w.run()
		w.give()
		w.flow.change(func() { w.flow.lose = 1000; w.flow.latency = 40 * time.Second })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for ctx.Err() == nil {
			_, _ = w.keeper.Token(ctx, "acme", 0)
			later(time.Second)
		}
		if n := len(w.flow.fetched()); n > 12 {
			t.Fatalf("%d requests in an hour", n)
		}
		if m := w.account("acme").Machine.Meter; m.Month != len(w.flow.fetched()) {
			t.Fatalf("a request whose answer was lost may have cost a token: %+v", m)
		}
		synctest.Wait()
	})
}
