//go:build linux

package tray

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"go.uber.org/goleak"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/words/wordstest"
	"keyfob/ui/tray/traytest"
)

// childVariable makes the test binary an agent that has nothing but a tray: systray can run once per process, and on
// the main goroutine only.
const childVariable = "KEYFOB_TRAY_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(child(os.Stdin, os.Stdout))
	}
	goleak.VerifyTestMain(m)
}

// child draws the snapshots that it reads, one JSON line each, and writes a line for each thing that happens. It ends
// when its input does.
func child(in io.Reader, out io.Writer) int {
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	say := func(what ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(out, what...)
	}
	watch := make(chan account.Snapshot)
	go func() {
		defer cancel()
		for d := json.NewDecoder(in); ; {
			var s account.Snapshot
			if d.Decode(&s) != nil {
				return
			}
			watch <- s
			say("drawn")
		}
	}()
	err := Run(ctx, Options{Watch: watch, Do: sayer(say), Hosted: func(is bool) { say("hosted", is) }})
	say("returned", err)
	return 0
}

// sayer says what it is asked to do.
type sayer func(...any)

func (say sayer) SignIn(id string)    { say("sign-in", id) }
func (say sayer) Cancel(id string)    { say("cancel", id) }
func (say sayer) SignOut(id string)   { say("sign-out", id) }
func (say sayer) CopyToken(id string) { say("copy", id) }
func (say sayer) Open()               { say("open") }
func (say sayer) Quit()               { say("quit") }

// agent is a running child.
type agent struct {
	t     *testing.T
	in    io.WriteCloser
	lines chan string
}

// start runs a child on the bus at address.
func start(t *testing.T, address string, env ...string) *agent {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	races := filepath.Join(t.TempDir(), "race")
	cmd.Env = append(os.Environ(), append(env, childVariable+"=1", "DBUS_SESSION_BUS_ADDRESS="+address,
		"GORACE=exitcode=0 atexit_sleep_ms=0 log_path="+races)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &agent{t: t, in: in, lines: make(chan string, 64)}
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			r.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		in.Close()
		for range r.lines { // until it has ended
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the agent: %v", err)
		}
		noRaces(t, races)
	})
	return r
}

// noRaces reads what the race detector wrote about a child. Two races are known and not ours: systray's version
// counter, and godbus replacing the icon in place while a reader of the property is being answered. The latter cannot
// hurt as long as all icons are of one size, see TestTrayIconsAreOfOneSize.
func noRaces(t *testing.T, prefix string) {
	t.Helper()
	logs, err := filepath.Glob(prefix + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for report := range strings.SplitSeq(string(text), "WARNING: DATA RACE") {
			ours := strings.Contains(report, "keyfob/ui/tray.")
			if ours && !strings.Contains(report, "fyne.io/systray.SetIcon()") {
				t.Errorf("DATA RACE in the agent%s", report)
			}
		}
	}
}

// says waits for one line; the lines before it are thrown away.
func (a *agent) says(want string) {
	a.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-a.lines:
			if !ok {
				a.t.Fatalf("ended without saying %q", want)
			}
			if line == want {
				return
			}
		case <-timeout:
			a.t.Fatalf("never said %q", want)
		}
	}
}

// draw hands over a snapshot.
func (a *agent) draw(accounts ...account.Account) {
	a.t.Helper()
	if err := json.NewEncoder(a.in).Encode(account.Snapshot{Accounts: accounts}); err != nil {
		a.t.Fatal(err)
	}
	a.says("drawn")
}

const patience = 20 * time.Second

func bus(t *testing.T) *traytest.Bus {
	t.Helper()
	b, err := traytest.StartBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func panelOn(t *testing.T, address string, hosted bool) *traytest.Host {
	t.Helper()
	h, err := traytest.NewHost(address, hosted)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// shows waits until the menu reads as want.
func shows(t *testing.T, i *traytest.Item, want string) {
	t.Helper()
	_, err := i.WaitMenu(patient(t), func(menu []traytest.Entry) bool { return traytest.Format(menu) == want })
	if err != nil {
		t.Fatalf("%v\nwant %s", err, want)
	}
}

func clicks(t *testing.T, i *traytest.Item, path ...string) {
	t.Helper()
	if err := i.Click(patient(t), path...); err != nil {
		t.Fatal(err)
	}
}

func registered(t *testing.T, h *traytest.Host) *traytest.Item {
	t.Helper()
	i, err := h.Item(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func named(id string, s account.Status) account.Account {
	return wordstest.WithActions(account.Account{ID: id, Name: strings.ToUpper(id[:1]) + id[1:], Status: s})
}

const tail = " | -- | Open Keyfob | Quit Keyfob"

func TestTheMenuFollowsTheSnapshotsAndIsClicked(t *testing.T) {
	b := bus(t)
	h := panelOn(t, b.Address, true)
	r := start(t, b.Address)
	r.says("hosted true")
	i := registered(t, h)

	r.draw()
	shows(t, i, "(No account yet)"+tail)
	clicks(t, i, "Open Keyfob")
	r.says("open")

	r.draw(named("acme_eu", account.SignedOut))
	shows(t, i, "(Acme_eu: Signed out) | Sign in | (Copy access token)"+tail)
	clicks(t, i, "Sign in")
	r.says("sign-in acme_eu")

	r.draw(named("acme_eu", account.SigningIn))
	clicks(t, i, "Cancel")
	r.says("cancel acme_eu")

	in := named("acme_eu", account.SignedIn)
	in.Who, in.Renews = jane(), true
	r.draw(in)
	shows(t, i, "(Acme_eu: Signed in as Jane Doe · renews by itself) | Sign out | Copy access token"+tail)
	tip, err := i.Tooltip(patient(t))
	if err != nil || tip != "Keyfob · Acme_eu: Signed in as Jane Doe · renews by itself" {
		t.Errorf("tooltip %q, %v", tip, err)
	}
	clicks(t, i, "Copy access token")
	r.says("copy acme_eu")
	clicks(t, i, "Sign out")
	r.says("sign-out acme_eu")
	clicks(t, i, "Quit Keyfob")
	r.says("quit")
	r.in.Close()
	r.says("returned <nil>")
}

func TestSeveralAccountsHaveASubmenuEach(t *testing.T) {
	b := bus(t)
	h := panelOn(t, b.Address, true)
	r := start(t, b.Address)
	i := registered(t, h)

	r.draw(named("acme", account.SignedOut), named("globex", account.SigningIn))
	shows(t, i, "Acme > [(Signed out) | Sign in | (Copy access token)] | "+
		"Globex > [(Finish signing in in your browser) | Cancel signing in | (Copy access token)]"+tail)
	clicks(t, i, "Globex", "Cancel")
	r.says("cancel globex")

	var many []account.Account
	for n := range slotStep + 2 {
		many = append(many, named(fmt.Sprintf("p%d", n), account.SignedOut))
	}
	r.draw(many...)
	clicks(t, i, fmt.Sprintf("P%d", slotStep+1), "Sign in")
	r.says(fmt.Sprintf("sign-in p%d", slotStep+1))
	menu, err := i.Menu(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := traytest.Format(menu); strings.Count(got, "Quit Keyfob") != 1 || !strings.HasSuffix(got, tail) {
		t.Errorf("a grown menu: %s", got)
	}

	for n := range mostAccounts {
		many = append(many, named(fmt.Sprintf("q%d", n), account.SignedOut))
	}
	r.draw(many...)
	clicks(t, i, fmt.Sprintf("Open Keyfob (%d more)", slotStep+2))
	r.says("open")

	r.draw(named("acme", account.SignedOut))
	clicks(t, i, "Sign in")
	r.says("sign-in acme")
	clicks(t, i, "Open Keyfob")
	r.says("open")
}

func TestHostsComeAndGo(t *testing.T) {
	b := bus(t)
	r := start(t, b.Address)
	r.says("hosted false")

	first := panelOn(t, b.Address, false)
	i := registered(t, first)
	if err := first.SetHosted(true); err != nil {
		t.Fatal(err)
	}
	r.says("hosted true")
	shows(t, i, "(No account yet)"+tail)

	if err := first.SetHosted(false); err != nil {
		t.Fatal(err)
	}
	r.says("hosted false")

	// GNOME's lock screen restarts the watcher; a signal of somebody else comes between.
	first.Close()
	portal := newPortal(t, b.Address, 2)
	portal.set(t, 1)
	second := panelOn(t, b.Address, true)
	r.says("hosted true")
	shows(t, registered(t, second), "(No account yet)"+tail)
}

func TestWithoutABusNothingIsStarted(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "started")
	bin := t.TempDir()
	script := "#!/bin/sh\ntouch " + marker + "\nexit 1\n"
	if err := os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"unix:path=" + filepath.Join(bin, "nothing"), "autolaunch:"} {
		r := start(t, address, "PATH="+bin)
		select {
		case line := <-r.lines:
			if !strings.HasPrefix(line, "hosted ") {
				t.Errorf("%s: %q", address, line)
			}
		case <-time.After(patience):
			t.Fatalf("%s: nothing was said about a host", address)
		}
		r.in.Close()
		r.says("returned <nil>")
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("dbus-launch was started")
	}
}

func TestTheEndOfTheBusIsNotOurs(t *testing.T) {
	b := bus(t)
	h := panelOn(t, b.Address, true)
	r := start(t, b.Address)
	registered(t, h)
	r.says("hosted true")
	b.Close()
	r.says("hosted false")
	r.draw(named("acme", account.NeedsSignIn)) // a new icon, which systray cannot send any more
	r.draw(named("acme", account.SignedOut))
	r.in.Close()
	r.says("returned <nil>")
}

func TestTheIconSuitsThePanel(t *testing.T) {
	b := bus(t)
	h := panelOn(t, b.Address, true)
	portal := newPortal(t, b.Address, 2)
	r := start(t, b.Address)
	i := registered(t, h)
	r.draw(named("acme", account.SignedIn))
	waitInk(t, portal, i, func(brightness int) bool { return brightness < 128 }, "dark ink on a light panel")
	portal.set(t, 1)
	waitInk(t, portal, i, func(brightness int) bool { return brightness > 128 }, "light ink on a dark panel")
}

// waitInk reads the icon after each of its changes until its ink fits.
func waitInk(t *testing.T, p *portal, i *traytest.Item, fits func(int) bool, want string) {
	t.Helper()
	changed := make(chan *dbus.Signal, 8)
	p.conn.Signal(changed)
	defer p.conn.RemoveSignal(changed)
	if err := p.conn.AddMatchSignal(dbus.WithMatchMember("NewIcon")); err != nil {
		t.Fatal(err)
	}
	ctx := patient(t)
	for {
		_, _, argb, err := i.Icon(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if fits(brightness(argb)) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("never %s", want)
		}
	}
}

// brightness is the mean of the opaque pixels.
func brightness(argb []byte) int {
	sum, n := 0, 1
	for p := 0; p+3 < len(argb); p += 4 {
		if argb[p] == 0xff {
			sum, n = sum+int(argb[p+1]), n+1
		}
	}
	return sum / n
}

// portal is the part of xdg-desktop-portal that tells light from dark.
type portal struct {
	conn   *dbus.Conn
	scheme chan uint32 // holds the one value
}

func newPortal(t *testing.T, address string, scheme uint32) *portal {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p := &portal{conn: conn, scheme: make(chan uint32, 1)}
	p.scheme <- scheme
	if err := conn.Export(p, portalPath, settings); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(portalName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return p
}

// Read answers like the portal: a variant in a variant.
func (p *portal) Read(_, _ string) (dbus.Variant, *dbus.Error) {
	scheme := <-p.scheme
	p.scheme <- scheme
	return dbus.MakeVariant(dbus.MakeVariant(scheme)), nil
}

func (p *portal) set(t *testing.T, scheme uint32) {
	t.Helper()
	<-p.scheme
	p.scheme <- scheme
	err := p.conn.Emit(portalPath, settings+".SettingChanged", appearance, "color-scheme", dbus.MakeVariant(scheme))
	if err != nil {
		t.Fatal(err)
	}
}

// godbus replaces the pixels of the icon in place while a panel may be reading them; a size that changes with them
// would send a reader past their end.
func TestTrayIconsAreOfOneSize(t *testing.T) {
	for state := assets.TraySignedOut; state <= assets.TrayNeedsYou; state++ {
		for _, dark := range []bool{false, true} {
			config, err := png.DecodeConfig(bytes.NewReader(assets.Tray(state, dark)))
			if err != nil || config.Width != 48 || config.Height != 48 {
				t.Errorf("state %d, dark %t: %d × %d, %v", state, dark, config.Width, config.Height, err)
			}
		}
	}
}
