//go:build linux

package e2e

import (
	"context"
	"fmt"
	"image"
	"os"
	"strings"
	"testing"

	"keyfob/e2e/stage"
)

// desk is one test at one desktop.
type desk struct {
	testing.TB
	*stage.Stage
	ctx context.Context //nolint:containedctx // one test's
}

func newDesk(t testing.TB, o stage.Options) *desk {
	t.Helper()
	programs(t)
	o.Env = append(o.Env, "KEYFOB_THREAD_CHECKS=1")
	ctx, s := open(t, o)
	t.Cleanup(func() { wantNoPanic(t, s) })
	return &desk{TB: t, Stage: s, ctx: ctx}
}

// wantNoPanic reads what the programs printed: a window that is touched from the wrong goroutine, or a crash that
// nobody saw, is a failure however well all else went.
func wantNoPanic(t testing.TB, s *stage.Stage) {
	t.Helper()
	for _, bad := range []string{"Error in Fyne call thread", "panic: ", "fatal error: ", "DATA RACE"} {
		if logs := s.Logs(); strings.Contains(logs, bad) {
			t.Errorf("a program printed %q:\n%s", bad, logs)
		}
	}
}

func (d *desk) provider(shape stage.Shape) *stage.Provider {
	d.Helper()
	return must(d.StartProvider(d.ctx, shape, stage.ProviderOptions{}))(d)
}

// keyfob runs the command line, which must end with that exit code.
func (d *desk) keyfob(code int, args ...string) stage.Run {
	d.Helper()
	r := must(d.Keyfob(d.ctx, args...))(d)
	if r.Code != code {
		d.Fatalf("keyfob %q: exit code %d, want %d\n%s%s", args, r.Code, code, r.Out, r.Err)
	}
	return r
}

// importProfile hands a provider's profile file to Keyfob, as the person does who got it from an integrator.
func (d *desk) importProfile(p *stage.Provider, id string) {
	d.Helper()
	path := d.Path(fmt.Sprintf("home/%s.json", id))
	if err := os.WriteFile(path, p.Profile(id), 0o600); err != nil {
		d.Fatal(err)
	}
	d.keyfob(0, "import", "--yes", path)
}

// doubleClick opens the window and waits until it has drawn what it has to show.
func (d *desk) doubleClick(args ...string) stage.Window {
	d.Helper()
	must(d.DoubleClick(d.ctx, args...))(d)
	window := must(d.Window(d.ctx, stage.Title))(d)
	if err := d.Ready(d.ctx, window); err != nil {
		d.Fatal(err)
	}
	return window
}

// press clicks the button that the window offers as the thing to do.
func (d *desk) press(window stage.Window) {
	d.Helper()
	if err := d.PressPrimary(d.ctx, window); err != nil {
		d.Fatal(err)
	}
}

// closeWindow closes the window as a person does, and waits until its process has ended.
func (d *desk) closeWindow(window stage.Window) {
	d.Helper()
	if err := d.Stage.CloseWindow(window); err != nil {
		d.Fatal(err)
	}
	if err := stage.WaitGone(d.ctx, window.PID); err != nil {
		d.Fatal(err)
	}
}

// wantWindow waits until the window is in front and has the focus.
func (d *desk) wantWindow(window stage.Window) {
	d.Helper()
	if err := d.WaitActive(d.ctx, window); err != nil {
		d.Fatal(err)
	}
}

// snap saves a picture of the window for people to look at, with the pointer where it touches nothing.
func (d *desk) snap(window stage.Window, name string) {
	d.Helper()
	if err := d.Point(window, image.Pt(2, 2)); err != nil {
		d.Fatal(err)
	}
	must(d.Settle(d.ctx, window))(d)
	must(d.Snap(window, name))(d)
}

// clickTray clicks an entry of the tray icon's menu.
func (d *desk) clickTray(label string) {
	d.Helper()
	item := must(d.Tray.Item(d.ctx))(d)
	if err := item.Click(d.ctx, label); err != nil {
		d.Fatal(err)
	}
}
