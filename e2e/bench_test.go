//go:build linux

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// BenchmarkKeyfob measures what is promised about speed and size, as ratios within one run: two things are measured in
// turns, so that a slow or busy machine slows both. It fails where a promise is missed, except for the times of the
// window and of the opener, in which the display and the browser have their part; and it ends with a table, which tells
// of all. What is only there to compare with has no promise.
func BenchmarkKeyfob(b *testing.B) {
	table := &table{}
	b.Run("FirstFrame", func(b *testing.B) { benchFirstFrame(b, table) })
	b.Run("PressToBrowser", func(b *testing.B) { benchPressToBrowser(b, table) })
	b.Run("CallbackToSignedIn", func(b *testing.B) { benchCallback(b, table) })
	b.Run("Agent", func(b *testing.B) { benchAgent(b, table) })
	b.Run("Many", func(b *testing.B) { benchMany(b, table) })
	b.Run("Gateway", func(b *testing.B) { benchGateway(b, table) })
	b.Run("HandOut", func(b *testing.B) { benchHandOut(b, table) })
	b.Run("Size", func(b *testing.B) { benchSize(b, table) })
	fmt.Printf("\n%s\n", table)
}

const rounds = 15

// table is what a person reads at the end.
type table struct{ rows [][3]string }

func (t *table) add(what, measured, promised string) {
	t.rows = append(t.rows, [3]string{what, measured, promised})
}

// mark is add for a promise that may have been missed.
func (t *table) mark(what, measured, promised string, kept bool) {
	if !kept {
		promised += ": missed"
	}
	t.add(what, measured, promised)
}

// hold is mark for a promise that the benchmark fails without.
func (t *table) hold(b *testing.B, what, measured, promised string, kept bool) {
	b.Helper()
	t.mark(what, measured, promised, kept)
	if !kept {
		b.Errorf("%s: %s, promised %s", what, measured, promised)
	}
}

func (t *table) String() string {
	var s strings.Builder
	w := tabwriter.NewWriter(&s, 0, 0, 2, ' ', 0)
	for _, r := range append([][3]string{{"", "measured", "promised"}}, t.rows...) {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r[0], r[1], cmp.Or(r[2], "-"))
	}
	_ = w.Flush() // into a string
	return s.String()
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// compare reports the ratio of two medians.
func compare(b *testing.B, t *table, what string, ours, theirs []time.Duration, limit float64) {
	mine, other := median(ours), median(theirs)
	ratio := float64(mine) / float64(other)
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(ms(mine), "ms")
	b.ReportMetric(ms(other), "ms-alone")
	t.mark(what, fmt.Sprintf("%.2f (%.1f ms to %.1f ms)", ratio, ms(mine), ms(other)), fmt.Sprintf("at most %.2f", limit),
		ratio <= limit)
}

// benchFirstFrame starts Keyfob's window and a bare window of the toolkit in turns: with the agent there, as when
// Keyfob starts with the desktop, and without, as when a person starts it for the first time.
func benchFirstFrame(b *testing.B, t *table) {
	d := newBenchDesk(b, stage.Options{NoManager: true, Env: []string{"FYNE_THEME=light"}})
	frame := func(path string, ready func(context.Context, stage.Window) error) time.Duration {
		took, window, err := d.FirstFrame(d.ctx, path)
		if err == nil {
			err = ready(d.ctx, window) // else it would be ended in the middle of its start
		}
		if err != nil {
			b.Fatal(err)
		}
		if err := stage.End(window.PID); err != nil {
			b.Fatal(err)
		}
		return took
	}
	bare := func() time.Duration {
		drawn := func(context.Context, stage.Window) error { return nil }
		return frame(folder("KEYFOB_BARE", "build/bench/bare"), drawn)
	}
	keyfob := func() time.Duration { return frame(filepath.Join(d.Bin, "keyfob-desktop"), d.Ready) }
	var first, alone, ours, theirs []time.Duration
	for range rounds {
		alone = append(alone, bare())
		first = append(first, keyfob())
		d.keyfob(0, "agent", "stop")
	}
	d.keyfob(0, "agent", "start")
	for range rounds {
		theirs = append(theirs, bare())
		ours = append(ours, keyfob())
	}
	b.Run("without-agent", func(b *testing.B) {
		compare(b, t, "first frame, to a bare window (first start)", first, alone, 1.15)
	})
	b.Run("with-agent", func(b *testing.B) {
		compare(b, t, "first frame, to a bare window (agent there)", ours, theirs, 1.15)
	})
}

// benchPressToBrowser measures from the press of the button to the start of the browser, and the opener alone.
func benchPressToBrowser(b *testing.B, t *table) {
	d := newBenchDesk(b, stage.Options{RealOpener: true})
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	window := d.doubleClick()
	opener := must(exec.LookPath("xdg-open"))(b) // Debian's package xdg-utils; Chromium brings it along
	button := must(d.FindPrimary(d.ctx, window))(b)
	before := must(provider.Counters(d.ctx))(b)
	var ours, theirs []time.Duration
	for range rounds {
		start := time.Now()
		must(d.Start(d.ctx, opener, provider.Issuer))(b)
		theirs = append(theirs, must(d.Opened(d.ctx))(b).At.Sub(start))

		start = time.Now()
		if err := d.Click(window, button); err != nil {
			b.Fatal(err)
		}
		ours = append(ours, must(d.Opened(d.ctx))(b).At.Sub(start))
		d.cancel(window)
	}
	compare(b, t, "press to browser, to the opener alone", ours, theirs, 1.5)
	after := must(provider.Counters(d.ctx))(b)
	requests := total(after) - total(before)
	b.ReportMetric(float64(requests), "requests")
	t.mark("requests before the browser opens", fmt.Sprint(requests), "none", requests == 0)
	if requests != 0 {
		b.Errorf("pressing Sign in sent %d requests: %v, before %v", requests, after.Requests, before.Requests)
	}
}

// cancel ends the attempt, and waits until the window offers to sign in again.
func (d *desk) cancel(window stage.Window) {
	d.Helper()
	d.wantState("acme", account.SigningIn)
	if err := d.Agent().Cancel(d.ctx, "acme"); err != nil {
		d.Fatal(err)
	}
	d.wantState("acme", account.SignedOut)
	must(d.Settle(d.ctx, window))(d)
}

func total(c stage.Counters) (n int) {
	for _, count := range c.Requests {
		n += count
	}
	return n
}

// benchCallback counts what a sign-in asks of the provider when its keys are known: the token, and nothing else.
func benchCallback(b *testing.B, t *table) {
	d := newBenchDesk(b, stage.Options{NoDisplay: true, NoTrayHost: true})
	provider := d.provider(stage.Auth0)
	d.importProfile(provider, "acme")
	d.keyfob(0, "status")
	before := must(provider.Counters(d.ctx))(b)
	d.login("acme")
	after := must(provider.Counters(d.ctx))(b)
	for _, route := range []string{"discovery", "jwks", "userinfo", "revocation"} {
		if n := after.Requests[route] - before.Requests[route]; n != 0 {
			b.Errorf("a sign-in asked for %s %d times", route, n)
		}
	}
	n := after.Requests["token"] - before.Requests["token"]
	b.ReportMetric(float64(n), "requests")
	t.hold(b, "requests from callback to signed in", fmt.Sprint(n), "exactly 1", n == 1)
}

// login signs in with the command line and the browser.
func (d *desk) login(id string) {
	d.Helper()
	login := must(d.StartKeyfob(d.ctx, "login", id))(d)
	d.finishInBrowser(id, "jane", "")
	if err := login.Wait(d.ctx); err != nil {
		d.Fatal(err, login.Output())
	}
}

// benchAgent looks at the agent when nothing happens: ten accounts, all signed in, the window closed.
func benchAgent(b *testing.B, t *table) {
	const accounts, idle = 10, 30 * time.Second
	const memoryLimit, tick = 16e6, 10 * time.Millisecond
	d := newBenchDesk(b, stage.Options{})
	provider := d.provider(stage.Auth0)
	for i := range accounts {
		id := fmt.Sprintf("account-%d", i)
		d.importProfile(provider, id)
		d.login(id)
	}
	pid := must(d.Status(d.ctx))(b).Agent.PID
	rest(d.ctx, idle/3) // what a sign-in leaves to be tidied up
	before := must(stage.CPUTime(pid))(b)
	rest(d.ctx, idle)
	used := must(stage.CPUTime(pid))(b) - before
	memory := must(stage.PrivateMemory(pid))(b)
	b.ReportMetric(float64(memory)/1e6, "MB")
	b.ReportMetric(ms(used), "ms-CPU")
	t.hold(b, "private memory, ten accounts signed in", fmt.Sprintf("%.1f MB", float64(memory)/1e6), "at most 16 MB",
		memory <= memoryLimit)
	t.hold(b, "CPU of the agent over 30 s idle", fmt.Sprintf("%.1f ms", ms(used)), "less than a tick (10 ms)", used < tick)
}

// rest does nothing for a while: that is what is measured.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func benchSize(b *testing.B, t *table) {
	for _, program := range []struct {
		name string
		most int64 // bytes
	}{{"keyfob-desktop", 34e6}, {"keyfob", 14e6}} {
		info := must(os.Stat(filepath.Join(folder("KEYFOB_BIN", "build/bin"), program.name)))(b)
		size := float64(info.Size()) / 1e6
		b.ReportMetric(size, "MB-"+program.name)
		t.hold(b, "size of "+program.name, fmt.Sprintf("%.2f MB", size), fmt.Sprintf("at most %d MB", program.most/1e6),
			info.Size() <= program.most)
	}
}

// newBenchDesk is a desk without the checks that would be measured too.
func newBenchDesk(b *testing.B, o stage.Options) *desk {
	b.Helper()
	programs(b)
	ctx, s := open(b, o)
	return &desk{TB: b, Stage: s, ctx: ctx}
}
