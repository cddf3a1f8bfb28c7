//go:build linux

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// TestSignInFromDoubleClickToSignOut is Keyfob's promise, once through: a double-click, a sign-in in a real browser at
// a provider as strict as Auth0, a crash and a restart without the browser, and a sign-out from the tray after which
// neither the keychain nor the provider holds anything.
func TestSignInFromDoubleClickToSignOut(t *testing.T) {
	d := newDesk(t, stage.Options{})
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")

	window := d.doubleClick()
	d.snap(window, "e2e-1-signed-out")
	d.press(window)
	d.finishInBrowser("acme", "jane", "e2e-2-browser")
	d.wantSignedIn("acme")
	d.wantWindow(window)
	d.snap(window, "e2e-3-signed-in")
	d.wantOneRequest(provider)
	first := d.wantStored("acme", provider)

	d.closeWindow(window)
	d.crashAgent()
	opened := d.OpenedCount()
	window = d.doubleClick()
	d.wantSignedIn("acme")
	d.snap(window, "e2e-4-after-restart")
	if claims := claimsOf(t, strings.TrimSpace(d.keyfob(0, "token", "acme").Out)); claims["aud"] != stage.Audience {
		t.Errorf("access token = %v", claims)
	}
	if n := d.OpenedCount(); n != opened {
		t.Errorf("a browser was opened %d times without being asked for", n-opened)
	}
	second := d.wantStored("acme", provider)
	if first == second {
		t.Error("the refresh token was not rotated: nothing was renewed after the restart")
	}

	d.clickTray("Sign out")
	d.wantSignedOut("acme", provider, first, second)
	d.snap(window, "e2e-5-signed-out-again")
	d.wantNoSecrets(first, second)
	d.quit(window)
}

// wantSignedIn waits until the account is signed in, and looks at what everybody is told about it.
func (d *desk) wantSignedIn(id string) {
	d.Helper()
	if _, err := d.WaitAccount(d.ctx, id, account.SignedIn); err != nil {
		d.Fatal(err)
	}
	a, _ := must(d.Status(d.ctx))(d).Account(id)
	want := account.Person{Subject: "jane", Name: "Jane Doe", Email: "jane@example.com", Organization: "acme"}
	if a.Who == nil || *a.Who != want {
		d.Errorf("who = %+v, want %+v", a.Who, want)
	}
	if !a.Renews || a.Problem != nil || len(a.Notices) > 0 {
		d.Errorf("account = %+v", a)
	}
}

// wantStored reads the session from the keychain, from outside, and asks the provider about its refresh token.
func (d *desk) wantStored(id string, p *stage.Provider) (refresh string) {
	d.Helper()
	var record struct {
		Refresh string `json:"refresh_token"`
	}
	text := must(d.Secret(d.ctx, "session/"+id))(d)
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		d.Fatalf("the keychain does not hold the session: %v", err)
	}
	if state := must(p.RefreshToken(d.ctx, record.Refresh))(d); state != "live" {
		d.Errorf("the stored refresh token is %q at the provider", state)
	}
	return record.Refresh
}

// wantSignedOut makes sure that nothing is left: not here, and not at the provider.
func (d *desk) wantSignedOut(id string, p *stage.Provider, tokens ...string) {
	d.Helper()
	if _, err := d.WaitAccount(d.ctx, id, account.SignedOut); err != nil {
		d.Fatal(err)
	}
	if names := must(d.Secrets(d.ctx))(d); len(names) > 0 {
		d.Errorf("the keychain still holds %q", names)
	}
	for _, token := range tokens {
		if state := must(p.RefreshToken(d.ctx, token))(d); state != "gone" {
			d.Errorf("a refresh token is %q at the provider", state)
		}
	}
	if grants := must(p.Grants(d.ctx))(d); len(grants) > 0 {
		d.Errorf("the provider still has grants: %v", grants)
	}
	d.keyfob(3, "token", id)
}

// wantOneRequest makes sure that the code was presented once, and that nothing was asked twice.
func (d *desk) wantOneRequest(p *stage.Provider) {
	d.Helper()
	n := must(p.Counters(d.ctx))(d)
	if n.PerCode != 1 || n.Token["authorization_code"].OK != 1 || n.Requests["token"] != 1 {
		d.Errorf("the provider was asked too often, or not at all: %+v", n)
	}
}

// wantNoSecrets looks for secrets in every file and every log of the stage. What Chromium keeps is its own.
func (d *desk) wantNoSecrets(secrets ...string) {
	d.Helper()
	for _, root := range []string{"home", "run", "log", "tmp"} {
		err := filepath.WalkDir(d.Path(root), func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || strings.Contains(path, "/chromium/") {
				return err
			}
			data, err := os.ReadFile(path)
			for _, secret := range secrets {
				if secret != "" && strings.Contains(string(data), secret) {
					d.Errorf("%s holds a secret", path)
				}
			}
			return err
		})
		if err != nil {
			d.Error(err)
		}
	}
}

// crashAgent kills the one process that holds tokens, as a power cut does.
func (d *desk) crashAgent() {
	d.Helper()
	pid := must(d.Status(d.ctx))(d).Agent.PID
	if err := stage.Kill(d.ctx, pid); err != nil {
		d.Fatal(err)
	}
}

// quit ends all of Keyfob from the tray, and makes sure that no process stays behind.
func (d *desk) quit(window stage.Window) {
	d.Helper()
	pid := must(d.Status(d.ctx))(d).Agent.PID
	d.closeWindow(window)
	d.clickTray("Quit")
	if err := stage.WaitGone(d.ctx, pid); err != nil {
		d.Error(err)
	}
	if left := d.Strays(); len(left) > 0 {
		d.Errorf("left behind: %s", stage.Describe(left))
	}
}

func TestCommandLineSignsInWithoutADisplay(t *testing.T) {
	d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
	provider := d.provider(stage.Plain) // any loopback port will do there
	d.importProfile(provider, "acme")
	d.keyfob(3, "token", "acme")
	if n := d.OpenedCount(); n != 0 {
		t.Fatal("`keyfob token` opened a browser")
	}

	login := must(d.StartKeyfob(d.ctx, "login", "acme"))(t)
	d.finishInBrowser("acme", "jane", "e2e-command-line-browser")
	if err := login.Wait(d.ctx); err != nil {
		t.Fatal(err, login.Output())
	}
	if !strings.Contains(login.Output(), "Jane Doe") {
		t.Errorf("keyfob login said: %s", login.Output())
	}
	s := must(d.Status(d.ctx))(t)
	if s.Agent.Kind != account.Headless {
		t.Errorf("agent = %q", s.Agent.Kind)
	}
	refresh := d.wantStored("acme", provider)
	token := strings.TrimSpace(d.keyfob(0, "token", "acme").Out)

	d.keyfob(0, "agent", "stop")
	d.keyfob(0, "token", "acme")
	if n := d.OpenedCount(); n != 1 {
		t.Errorf("a browser was opened %d times", n)
	}
	refresh2 := d.wantStored("acme", provider)
	d.keyfob(0, "logout", "acme")
	d.wantSignedOut("acme", provider, refresh, refresh2)
	d.wantNoSecrets(refresh, refresh2, token)
	d.keyfob(0, "agent", "stop")
	if left := d.Strays(); len(left) > 0 {
		t.Errorf("left behind: %s", stage.Describe(left))
	}
}

func TestSecondDoubleClickRaisesTheWindow(t *testing.T) {
	d := newDesk(t, stage.Options{})
	window := d.doubleClick()
	if err := d.Distract(d.ctx); err != nil {
		t.Fatal(err)
	}
	second := must(d.DoubleClick(d.ctx))(t)
	if err := second.Wait(d.ctx); err != nil {
		t.Fatal(err, second.Output())
	}
	d.wantWindow(window)
	windows := must(d.Windows())(t)
	windows = slices.DeleteFunc(windows, func(w stage.Window) bool { return w.Title != stage.Title })
	if len(windows) != 1 {
		t.Errorf("windows = %v", windows)
	}
}

func TestWindowEndsWhenTheDesktopSessionEnds(t *testing.T) {
	d := newDesk(t, stage.Options{})
	for range 5 { // two things end the window at once: they must not meet
		window := d.doubleClick()
		if err := stage.End(window.PID); err != nil {
			t.Fatal(err)
		}
		if err := d.NoWindow(d.ctx, stage.Title); err != nil {
			t.Fatal(err)
		}
	}
}

func TestF34WindowStaysWhereThereIsNoTray(t *testing.T) {
	d := newDesk(t, stage.Options{NoTrayHost: true})
	window := d.doubleClick()
	before := must(d.Settle(d.ctx, window))(t)
	if err := d.Stage.CloseWindow(window); err != nil {
		t.Fatal(err)
	}
	if err := d.WaitChange(d.ctx, window, before); err != nil { // it says why it stays
		t.Fatal(err)
	}
	d.snap(window, "no-tray")
	d.press(window) // "Keep open"
	d.wantWindow(window)
	if after := must(d.Settle(d.ctx, window))(t); !before.Equal(after) {
		t.Error("the window is not what it was before")
	}
	d.keyfob(0, "agent", "status") // and behind it the agent is still there
}

func TestMissingKeychainIsToldAndMemoryOnlyWorks(t *testing.T) {
	d := newDesk(t, stage.Options{NoKeychain: true})
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	if k := must(d.Status(d.ctx))(t).Keychain; k.State != account.KeychainUnusable || k.Problem == nil {
		t.Errorf("keychain = %+v", k)
	}
	window := d.doubleClick()
	d.snap(window, "keychain-missing")
	d.keyfob(4, "login", "acme")

	login := must(d.StartKeyfob(d.ctx, "login", "acme", "--memory-only"))(t)
	d.finishInBrowser("acme", "jane", "")
	if err := login.Wait(d.ctx); err != nil {
		t.Fatal(err, login.Output())
	}
	a := must(d.WaitAccount(d.ctx, "acme", account.SignedIn))(t)
	if a.Saved {
		t.Error("Keyfob says that it saved the session")
	}
	token := strings.TrimSpace(d.keyfob(0, "token", "acme").Out)
	d.snap(window, "memory-only")
	d.wantNoSecrets(token)
}

func TestDeniedPersonIsToldInWords(t *testing.T) {
	d := newDesk(t, stage.Options{})
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	window := d.doubleClick()
	d.press(window)
	text := d.finishInBrowser("acme", "max", "denied-browser")
	if !strings.Contains(text, "max may not use this application") {
		t.Errorf("the page says: %s", text)
	}
	a := must(d.WaitAccount(d.ctx, "acme", account.SignedOut))(t)
	if a.Problem == nil || a.Problem.Code != "signin-denied" {
		t.Errorf("problem = %v", a.Problem)
	}
	d.snap(window, "failed-denied")

	login := must(d.StartKeyfob(d.ctx, "login", "acme"))(t)
	d.finishInBrowser("acme", "max", "")
	if err := login.Wait(d.ctx); err == nil || login.ExitCode() != 6 {
		t.Errorf("keyfob login: %v, exit code %d, want 6\n%s", err, login.ExitCode(), login.Output())
	}
	if names := must(d.Secrets(d.ctx))(t); len(names) > 0 {
		t.Errorf("the keychain holds %q", names)
	}
}

// finishInBrowser does what a person does after pressing Sign in: the browser opens, they sign in, they read the page.
// It returns what the page says.
func (d *desk) finishInBrowser(id, name, screenshot string) string {
	d.Helper()
	opened := must(d.Opened(d.ctx))(d)
	if _, err := d.WaitAccount(d.ctx, id, account.SigningIn); err != nil {
		d.Fatal(err)
	}
	tab := must(d.Browse(d.ctx, opened.URL))(d)
	defer tab.Close()
	if err := tab.SignIn(d.ctx, name, "keyfob"); err != nil {
		d.Fatal(err)
	}
	url, text, err := tab.Result(d.ctx)
	if err != nil {
		d.Fatal(err)
	}
	if strings.Contains(url, "code=") || strings.Contains(url, "state=") {
		d.Errorf("the browser's address carries the code: %s", url)
	}
	if screenshot != "" {
		must(tab.Screenshot(d.ctx, screenshot))(d)
	}
	return text
}
