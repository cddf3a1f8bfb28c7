//go:build linux

package e2e

import (
	"net/url"
	"strings"
	"testing"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// waiting is a sign-in that waits for its callback: the agent listens, and nobody has been to the browser yet.
type waiting struct {
	*desk
	provider *stage.Provider
	login    *stage.Process
	address  string // that the browser is to open
	callback *url.URL
	state    string
}

func newWaiting(t testing.TB) *waiting {
	t.Helper()
	w := &waiting{desk: newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})}
	w.provider = w.desk.provider(stage.Auth0)
	w.importProfile(w.provider, "acme")
	w.login = must(w.StartKeyfob(w.ctx, "login", "acme"))(t)
	w.address = must(w.Opened(w.ctx))(t).URL
	asked := must(url.Parse(w.address))(t).Query()
	w.callback, w.state = must(url.Parse(asked.Get("redirect_uri")))(t), asked.Get("state")
	return w
}

// wantWaiting makes sure that nothing has come of it.
func (w *waiting) wantWaiting() {
	w.Helper()
	a, _ := must(w.Status(w.ctx))(w).Account("acme")
	if n := must(w.provider.Counters(w.ctx))(w); a.Status != account.SigningIn || n.Requests["token"] != 0 {
		w.Fatalf("the sign-in does not wait: %q, problem %v, %d token requests", a.Status, a.Problem, n.Requests["token"])
	}
}

// signIn is the person's own sign-in, in the same browser. It returns the tab with the result.
func (w *waiting) signIn() *stage.Tab {
	w.Helper()
	w.wantWaiting()
	tab := must(w.Browse(w.ctx, w.address))(w)
	if err := tab.SignIn(w.ctx, "jane", "keyfob"); err != nil {
		w.Fatal(err)
	}
	if _, text, err := tab.Result(w.ctx); err != nil || !strings.Contains(text, "signed in to") {
		w.Fatalf("the page says %q: %v", text, err)
	}
	w.wantDone()
	return tab
}

// wantDone waits for the end of `keyfob login`, which must be good.
func (w *waiting) wantDone() {
	w.Helper()
	if err := w.login.Wait(w.ctx); err != nil {
		w.Fatal(err, w.login.Output())
	}
	w.wantSignedIn("acme")
	w.wantOneRequest(w.provider)
}
