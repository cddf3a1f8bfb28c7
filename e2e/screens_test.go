//go:build linux

package e2e

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// sizes of the window in the pictures: large, and as narrow as a phone.
var sizes = []struct {
	name   string
	pixels image.Point
}{
	{"large", image.Pt(1180, 820)},
	{"narrow", image.Pt(360, 640)},
}

// TestScreens takes a picture of the real window in each of its states, light and dark, narrow and large, for people
// to look at: build/screens. What a picture shows is asserted by what the program says of itself at that moment.
func TestScreens(t *testing.T) {
	for _, theme := range []string{"light", "dark"} {
		t.Run(theme, func(t *testing.T) {
			t.Run("life", func(t *testing.T) { screensOfALife(t, theme) })
			t.Run("keychain", func(t *testing.T) { screensWithoutKeychain(t, theme) })
		})
	}
}

// screensOfALife goes from the first run to a failed sign-in.
func screensOfALife(t *testing.T, theme string) {
	d := newDesk(t, stage.Options{Env: []string{"FYNE_THEME=" + theme}})
	window := d.doubleClick()
	d.snapSizes(window, "first-run-"+theme)

	d.openAddAccount(window)
	d.snapSizes(window, "add-account-"+theme)
	d.key("Escape")

	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	d.wantState("acme", account.SignedOut)
	d.snapSizes(window, "signed-out-"+theme)

	d.press(window)
	opened := must(d.Opened(d.ctx))(t)
	d.wantState("acme", account.SigningIn)
	d.snapSizes(window, "waiting-"+theme)
	d.waitLong(window)
	d.snapSizes(window, "waiting-long-"+theme)

	tab := must(d.Browse(d.ctx, opened.URL))(t)
	if err := tab.SignIn(d.ctx, "jane", "keyfob"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tab.Result(d.ctx); err != nil { // the browser may still be on its way to the page
		t.Fatal(err)
	}
	d.wantState("acme", account.SignedIn)
	must(tab.Screenshot(d.ctx, "page-signed-in"))(t)
	tab.Close()
	d.snapSizes(window, "signed-in-"+theme)

	d.importProfile(provider, "other")
	d.wantState("other", account.SignedOut)
	d.snapSizes(window, "two-accounts-"+theme)

	d.keyfob(0, "logout", "acme")
	d.keyfob(0, "remove", "other")
	d.deny()
	d.snapSizes(window, "failed-"+theme)
}

// waitLong waits until the person has been in the browser for so long that the window wonders why, and names the
// address to register. A moment more is for the drawing.
func (d *desk) waitLong(window stage.Window) {
	d.Helper()
	const longWait, drawing = 20 * time.Second, time.Second
	a := must(d.WaitAccount(d.ctx, "acme", account.SigningIn))(d)
	wonders := time.NewTimer(time.Until(a.Attempt.Started.Add(longWait + drawing)))
	defer wonders.Stop()
	select {
	case <-wonders.C:
	case <-d.ctx.Done():
		d.Fatal(d.ctx.Err())
	}
	must(d.Settle(d.ctx, window))(d)
}

// deny has somebody sign in who may not.
func (d *desk) deny() {
	d.Helper()
	login := must(d.StartKeyfob(d.ctx, "login", "acme", "--another-account"))(d)
	text := d.finishInBrowser("acme", "max", "page-failed")
	if !strings.Contains(text, "max may not use this application") {
		d.Errorf("the page says: %s", text)
	}
	if err := login.Wait(d.ctx); err == nil {
		d.Errorf("somebody signed in who may not: %s", login.Output())
	}
	d.wantState("acme", account.SignedOut)
}

func screensWithoutKeychain(t *testing.T, theme string) {
	d := newDesk(t, stage.Options{NoKeychain: true, Env: []string{"FYNE_THEME=" + theme}})
	d.importProfile(d.provider(stage.Auth0), "acme")
	window := d.doubleClick()
	d.snapSizes(window, "keychain-missing-"+theme)
}

// openAddAccount opens the form of the first-run view with the keyboard.
func (d *desk) openAddAccount(window stage.Window) {
	d.Helper()
	before := must(d.Settle(d.ctx, window))(d)
	d.key("ctrl+n")
	if err := d.WaitChange(d.ctx, window, before); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) wantState(id string, state account.Status) {
	d.Helper()
	must(d.WaitAccount(d.ctx, id, state))(d)
}

func (d *desk) key(chords ...string) {
	d.Helper()
	if err := d.Key(chords...); err != nil {
		d.Fatal(err)
	}
}

// snapSizes takes a picture of the window in each size. It must fill them: no state may need more room.
func (d *desk) snapSizes(window stage.Window, name string) {
	d.Helper()
	for _, size := range sizes {
		if err := d.Resize(d.ctx, window, size.pixels); err != nil {
			d.Errorf("%s: %v", name, err)
		}
		d.snap(window, fmt.Sprintf("%s-%s", name, size.name))
	}
}
