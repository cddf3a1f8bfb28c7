//go:build linux

package e2e

import (
	"sync/atomic"
	"testing"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// panel is a desktop's agent with its icon, and the panel that shows it.
type panel struct {
	*desk
	agent *stage.Process
}

// newPanel starts the desktop's agent, without a window.
func newPanel(t *testing.T, o stage.Options) *panel {
	t.Helper()
	p := &panel{desk: newDesk(t, o)}
	p.agent = must(p.DoubleClick(p.ctx, "--agent"))(t)
	p.waitAgent(p.agent)
	p.importProfile(p.provider(stage.Auth0), "acme")
	return p
}

// comeBack has a panel appear on the desktop, the first or the next one, and waits for the icon.
func (p *panel) comeBack() {
	p.Helper()
	if err := p.StartTrayHost(p.ctx); err != nil {
		p.Fatal(err)
	}
	must(p.Tray.Item(p.ctx))(p)
	p.waitTray(true)
}

// restart ends the panel as a crash does, and starts another.
func (p *panel) restart() {
	p.Helper()
	p.Tray.Close()
	p.waitTray(false)
	p.comeBack()
}

// hideAndShow has the panel stop to show icons, and show them again, while it stays there.
func (p *panel) hideAndShow() {
	p.Helper()
	for _, shown := range []bool{false, true} {
		if err := p.Tray.SetHosted(shown); err != nil {
			p.Fatal(err)
		}
		p.waitTray(shown)
	}
}

// waitTray waits until the clients are told that a panel shows the icon, or that none does.
func (p *panel) waitTray(shown bool) {
	p.Helper()
	if err := p.WaitSnapshot(p.ctx, func(s account.Snapshot) bool { return s.Agent.Tray == shown }); err != nil {
		p.Fatalf("tray: not %v: %v", shown, err)
	}
}

// wantMenuWorks clicks through the menu of somebody who is signed out.
func (p *panel) wantMenuWorks() {
	p.Helper()
	opened := p.OpenedCount()
	p.clickTray("Sign in")
	must(p.Opened(p.ctx))(p)
	p.clickTray("Cancel signing in")
	if _, err := p.WaitAccount(p.ctx, "acme", account.SignedOut); err != nil {
		p.Fatal(err)
	}
	if n := p.OpenedCount(); n != opened+1 {
		p.Errorf("a click opened the browser %d times", n-opened)
	}
}

// wantQuit clicks Quit, after which nothing is left.
func (p *panel) wantQuit() {
	p.Helper()
	p.clickTray("Quit Keyfob")
	if err := p.agent.Wait(p.ctx); err != nil {
		p.Error(err, p.agent.Output())
	}
	if left := p.Strays(); len(left) > 0 {
		p.Errorf("left behind: %s", stage.Describe(left))
	}
}

// TestTheIconComesWithThePanelAndComesBackWithTheNext: an agent that was there first, and outlives two panels.
func TestTheIconComesWithThePanelAndComesBackWithTheNext(t *testing.T) {
	p := newPanel(t, stage.Options{NoDisplay: true, NoTrayHost: true})
	p.waitTray(false)
	p.comeBack()
	p.wantMenuWorks()
	for range 2 {
		p.hideAndShow()
		p.restart()
		p.wantMenuWorks()
	}
	p.wantQuit()
}

// TestF13TheIconComesBackAfterAKeychainPrompt: keychain and tray speak over the same bus, with libraries that share a
// connection and take each other's signals for their own. A prompt must not cost the icon, nor a panel the prompt.
func TestF13TheIconComesBackAfterAKeychainPrompt(t *testing.T) {
	p := newPanel(t, stage.Options{})
	var prompts atomic.Int32
	err := p.WatchKeychain(p.ctx, func(call stage.KeychainCall) {
		if call.Method == "Prompt" && !call.Done {
			prompts.Add(1)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p.signInQuietly("acme")
	if err := p.LockKeychain(p.ctx); err != nil {
		t.Fatal(err)
	}

	// Nobody can ask the person: that is a no.
	p.wantRetry(p.retry(), fault.KeychainDenied)
	p.restart()

	// The person says no, and the panel restarts while they think about it.
	if err := p.StartPrompter(p.ctx); err != nil {
		t.Fatal(err)
	}
	retried := p.retry()
	p.atPrompt(func() { p.restart() }, "Escape")
	p.wantRetry(retried, fault.KeychainDenied)
	p.restart()

	// The person says yes.
	retried = p.retry()
	p.atPrompt(func() {
		p.restart()
		if err := p.Type(stage.KeychainPassword); err != nil {
			t.Fatal(err)
		}
	}, "Return")
	p.wantRetry(retried, "")
	p.restart()

	p.wantSignedIn("acme")
	p.keyfob(0, "token", "acme")
	p.clickTray("Sign out")
	if _, err := p.WaitAccount(p.ctx, "acme", account.SignedOut); err != nil {
		t.Fatal(err)
	}
	p.wantMenuWorks()
	p.wantQuit()
	if n := prompts.Load(); n != 3 {
		t.Errorf("%d prompts were shown, want those that a person asked for", n)
	}
}

// retry is the person's click on "Try again", which may show a prompt.
func (p *panel) retry() <-chan error {
	retried := make(chan error, 1)
	go func() { retried <- p.Agent().RetryKeychain(p.ctx) }()
	return retried
}

func (p *panel) wantRetry(retried <-chan error, want fault.Code) {
	p.Helper()
	if err := <-retried; fault.CodeOf(err) != want {
		p.Errorf("the keychain: %v, want %q", err, want)
	}
}

// atPrompt waits for the keychain's prompt, and ends it with a key after something else was done.
func (p *panel) atPrompt(first func(), key string) {
	p.Helper()
	const title = "Unlock Login Keyring"
	prompt := must(p.Window(p.ctx, title))(p)
	must(p.Settle(p.ctx, prompt))(p)
	first()
	if err := p.Key(key); err != nil {
		p.Fatal(err)
	}
	if err := p.NoWindow(p.ctx, title); err != nil {
		p.Fatal(err)
	}
}
