package session

import (
	"context"
	"slices"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/slots"
)

// fixed is a third kind of account: a token that a provider's console has shown, and that lasts for ever. All that it
// takes is in this file, and an entry in kinds.
type fixed struct {
	e *entry
	hand
}

func newFixed(e *entry) holding { return &fixed{e: e} }

func (f *fixed) handLocked() *hand                         { return &f.hand }
func (f *fixed) serveLocked(time.Time, time.Duration) bool { return !f.access.Empty() }

func (f *fixed) fetchLocked(time.Time) func(context.Context) { return nil }

func (f *fixed) byItself() bool                      { return false }
func (f *fixed) dueLocked(time.Time) time.Duration   { return lookAgain }
func (f *fixed) keys() []string                      { return []string{firstKey(f.e.id)} }
func (f *fixed) store(context.Context) error         { return nil }
func (f *fixed) storedLocked(error)                  {}
func (f *fixed) heldLocked() (something, known bool) { return !f.access.Empty(), true }
func (f *fixed) lastWordLocked() bool                { return false }
func (f *fixed) movedLocked(time.Time)               {}

func (f *fixed) read(ctx context.Context, load slots.Loader, _ int) {
	data, err := load(ctx, firstKey(f.e.id))
	f.e.core.mu.Lock()
	defer f.e.core.mu.Unlock()
	if !f.e.couldReadLocked(ctx, err) {
		return
	}
	now := f.e.core.now()
	f.hand = hand{access: secret.New(string(data)), kind: "Bearer", issued: now.Round(0), held: now, lifetime: 10 * year}
	f.e.unread = false
	f.e.settleLocked(account.SignedIn, nil)
	f.e.core.changed()
}

func (f *fixed) erase(ctx context.Context) error {
	return f.e.core.keychain.Delete(ctx, firstKey(f.e.id))
}

func (f *fixed) emptyLocked() (account.Status, *fault.Error) {
	return account.NeedsSignIn, fault.New(fault.SecretMissing, "id", f.e.id)
}

func (f *fixed) describeLocked(a *account.Account, now time.Time) { a.Until = f.handOut(now).Expiry }

func (f *fixed) profileChangedLocked(profile.Profile, time.Time) (bool, func(context.Context) error) {
	return fitsFixed(f.e.profile), nil
}

func (f *fixed) end(ctx context.Context, _ bool) account.SignOutReport {
	err := f.e.eraseAll(ctx, f)
	f.e.core.mu.Lock()
	f.hand = hand{}
	f.e.settleLocked(f.emptyLocked())
	f.e.core.mu.Unlock()
	f.e.wrote(err)
	return account.SignOutReport{NoRevoke: true, Deleted: err == nil}
}

func fitsFixed(p profile.Profile) bool { return p.ClientID == "fixed" }

// A kind of account costs one file and one line: what is asked of every account can be asked of one of a new kind.
func TestAThirdKindIsOneFile(t *testing.T) {
	known := kinds
	kinds = slices.Insert(slices.Clone(kinds), 0, kinds[0])
	kinds[0].fits, kinds[0].make = fitsFixed, newFixed
	defer func() { kinds = known }()

	inWorld(t, func(t *testing.T, w *world) {
		p := acme("acme")
		p.ClientID = "fixed"
		data, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		w.profiles.kept["acme"], w.keychain.kept[firstKey("acme")] = string(data), "canary"
		k := w.run()
		if a := w.token(time.Hour); a.Token.Reveal() != "canary" || a.Note != nil {
			t.Fatalf("%+v", a)
		}
		if err := k.Available(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		wantCode(t, w.trySignIn("acme", false), fault.BadUsage)
		wantCode(t, k.SetSecret(t.Context(), "acme", secretOf("x"), true), fault.BadUsage)
		_, err = k.BrowserLogout(t.Context(), "acme")
		wantCode(t, err, fault.NoBrowserLogout)
		later(24 * time.Hour)
		w.keychain.always(fault.KeychainLocked)
		_ = k.RetryKeychain(t.Context())
		if err := k.UseMemoryOnly(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.keychain.failing(nil)
		if err := k.RetryKeychain(t.Context()); err != nil {
			t.Fatal(err)
		}
		later(time.Minute)
		if a := w.token(0); a.Token.Reveal() != "canary" || len(w.flow.sent())+len(w.flow.fetched()) != 0 {
			t.Fatalf("%+v", a)
		}
		if r := w.signOut(); !r.Deleted || len(w.keychain.keys()) != 0 {
			t.Fatalf("%+v", r)
		}
		_, err = k.Token(t.Context(), "acme", 0)
		wantCode(t, err, fault.SecretMissing)
		if err := k.Import(t.Context(), acme("acme"), true); err != nil { // a person's from now on
			t.Fatal(err)
		}
		w.signIn("acme")
		if a := w.token(0); a.Token.Reveal() != "access-1" {
			t.Fatalf("%+v", a)
		}
	})
}
