package session

import (
	"context"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// LogoutURL is a page of every provider but those that have gone silent.
func (f *fakeFlow) LogoutURL(ctx context.Context, p profile.Profile) (string, error) {
	f.mu.Lock()
	hang := f.hang
	f.mu.Unlock()
	if hang {
		<-ctx.Done()
		return "", fault.New(fault.Offline, "host", p.Host())
	}
	return p.Issuer + "logout?client_id=" + p.ClientID, nil
}

func TestC54WhereABrowserSignsOut(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		p, err := w.keeper.Profile(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.keeper.BrowserLogout(t.Context(), "acme")
		if want := p.Issuer + "logout?client_id=" + p.ClientID; got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		_, err = w.keeper.BrowserLogout(t.Context(), "nobody")
		wantCode(t, err, fault.ProfileUnknown)
	})
}

func TestC54AProviderThatHangsKeepsNobodyWaiting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.run()
		w.flow.change(func() { w.flow.hang = true })
		began := time.Now()
		_, err := w.keeper.BrowserLogout(t.Context(), "acme")
		wantCode(t, err, fault.Offline)
		if took := time.Since(began); took != logoutDeadline {
			t.Errorf("it took %v", took)
		}
	})
}
