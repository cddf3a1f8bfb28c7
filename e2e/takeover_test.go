//go:build linux

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/e2e/stage"
)

// How long the provider takes to answer a refresh that is under way when another agent comes. Slow is longer than
// an agent that was told to end waits for anything, and less than a provider may take.
const quick, slow = time.Second, 7 * time.Second

// takeover is an agent with a refresh in flight, whose response the provider withholds: the old refresh token is spent,
// and nobody has the new one. Another agent is about to take its place.
type takeover struct {
	*desk
	provider *stage.Provider
	first    *stage.Process // `keyfob token`, which the refresh is for
}

// newTakeover signs in with the command line in a folder, and has its headless agent begin a refresh.
func newTakeover(t *testing.T, bin string, answer time.Duration) *takeover {
	t.Helper()
	v := &takeover{desk: newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})}
	v.Bin = bin
	v.provider = v.desk.provider(stage.Auth0)
	v.importProfile(v.provider, "acme")
	v.signInQuietly("acme")
	v.keyfob(0, "agent", "stop")
	if err := v.provider.HoldRefresh(v.ctx, answer); err != nil {
		t.Fatal(err)
	}
	v.first = must(v.StartKeyfob(v.ctx, "token", "acme"))(t)
	if err := v.provider.Held(v.ctx); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestF24ANewerVersionTakesOverWithARefreshInFlight: nothing that is on its way is lost, and nobody who asks for a
// token meanwhile is left without an answer.
func TestF24ANewerVersionTakesOverWithARefreshInFlight(t *testing.T) {
	t.Parallel() // it mostly waits
	older, newer := buildKeyfob(t, "v0.0.1"), buildKeyfob(t, "v0.0.2")
	v := newTakeover(t, older, slow)
	v.Bin = newer
	v.wantTakenOver(func() {
		if said := v.keyfob(0, "agent", "start").Out; !strings.Contains(said, "v0.0.2") {
			t.Errorf("it runs: %s", said)
		}
	})
}

// TestF24TheDesktopTakesOverWithARefreshInFlight: the same where the desktop's agent comes, which has a tray, while
// scripts would start a headless one wherever they find none.
func TestF24TheDesktopTakesOverWithARefreshInFlight(t *testing.T) {
	v := newTakeover(t, folder("KEYFOB_BIN", "build/bin"), quick)
	was := must(v.Agent().Version(v.ctx))(t)
	v.wantTakenOver(func() {
		desktop := must(v.DoubleClick(v.ctx, "--agent"))(t)
		if err := stage.WaitGone(v.ctx, was.PID); err != nil {
			t.Fatal(err)
		}
		v.waitAgent(desktop)
	})
}

// wantTakenOver lets the newcomer come while scripts ask for tokens all the time, and looks at what it found.
func (t *takeover) wantTakenOver(newcomer func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.ctx)
	var scripts sync.WaitGroup
	for range 4 {
		scripts.Go(func() { t.askAllTheTime(ctx) })
	}
	newcomer()
	cancel()
	scripts.Wait()
	if err := t.first.Wait(t.ctx); err != nil {
		t.Errorf("who asked first: %v\n%s", err, t.first.Output())
	}
	t.keyfob(0, "token", "acme")
	t.wantStored("acme", t.provider)
	if n := must(t.provider.Counters(t.ctx))(t).Token["refresh_token"]; n.OK < 2 || n.Refused != 0 {
		t.Errorf("%d refreshes and %d refusals, want the one in flight and one of each newcomer", n.OK, n.Refused)
	}
	if n := t.OpenedCount(); n != 1 {
		t.Errorf("a browser was opened %d times", n)
	}
}

// askAllTheTime is a script. It gets a token each time, or is told that one agent after the other ended.
func (t *takeover) askAllTheTime(ctx context.Context) {
	for ctx.Err() == nil {
		r, err := t.Keyfob(t.ctx, "token", "acme")
		token := strings.Count(r.Out, ".") == 2
		told := strings.Contains(r.Err, "code: agent-failed") || strings.Contains(r.Err, "code: no-agent")
		if err != nil || token != (r.Code == 0) || !token && !told {
			t.Errorf("a script: %v, exit code %d\n%s", err, r.Code, r.Err)
		}
		if r.Code != 0 {
			t.Logf("a script was told: %s", r.Err)
		}
	}
}

// waitAgent waits until a process is the agent that answers.
func (d *desk) waitAgent(p *stage.Process) {
	d.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if who, err := d.Agent().Version(d.ctx); err == nil && who.PID == p.PID() {
			return
		}
		select {
		case <-look.C:
		case <-p.Done():
			d.Fatalf("it ended:\n%s", p.Output())
		case <-d.ctx.Done():
			d.Fatal("it never answers")
		}
	}
}

// buildKeyfob links the command line as another version, and returns its folder.
func buildKeyfob(t *testing.T, version string) string {
	t.Helper()
	bin := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false",
		"-tags", "no_emoji,no_metadata",
		"-ldflags", "-s -w -X keyfob/internal/version.Version="+version, "-o", filepath.Join(bin, "keyfob"), "./cmd/keyfob")
	cmd.Dir, cmd.Env = folder("", "."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bin
}
