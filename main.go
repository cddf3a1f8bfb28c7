// Command keyfob-desktop is Keyfob as a person meets it: a double-click opens its window, and behind it one agent
// process without a window keeps the sign-ins, renews them and shows the tray icon.
//
// It is one executable in four parts, chosen by its arguments: the window (none), the agent (--agent), a
// short-lived helper that holds a copied token on the clipboard for the tray (--copy-token), and the child that does
// one keychain operation. This is the only file that imports fyne.io/fyne/v2/app, and so the only one that needs GL.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/agent"
	"keyfob/internal/apicall"
	"keyfob/internal/browse"
	"keyfob/internal/demo"
	"keyfob/internal/detach"
	"keyfob/internal/diag"
	"keyfob/internal/fault"
	"keyfob/internal/jwt"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/version"
	"keyfob/internal/words"
	"keyfob/oauthflow"
	"keyfob/storage"
	"keyfob/ui"
	"keyfob/ui/tray"
)

// appID names Keyfob to the desktop; FyneApp.toml and the desktop file say the same.
const appID = "app.keyfob.Keyfob"

func main() {
	diag.NoCore()
	log.SetOutput(io.Discard) // libraries quote there what they were given; the agent's log takes them, cleaned
	if len(os.Args) == 2 && os.Args[1] == storage.ChildArg {
		os.Exit(storage.RunChild(os.Stdin, os.Stdout))
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	cancel()
	if err != nil {
		m := words.Of(err)
		fmt.Fprintln(os.Stderr, words.T("desktop.failed", "what", m.What, "next", m.Next, "code", m.Code, "detail", m.Detail))
		os.Exit(1)
	}
}

type options struct {
	agent      bool
	memoryOnly bool
	demo       bool
	copyToken  bool
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	d := desktop{self: self, places: places, memoryOnly: o.memoryOnly, demo: o.demo}
	switch {
	case o.agent:
		return d.runAgent(ctx)
	case o.copyToken:
		return d.copyToken(ctx)
	default:
		return d.runWindow(ctx)
	}
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("keyfob-desktop", flag.ContinueOnError)
	f.BoolVar(&o.agent, "agent", false, words.T("desktop.flag.agent"))
	f.BoolVar(&o.memoryOnly, "memory-only", false, words.T("desktop.flag.memory-only"))
	f.BoolVar(&o.demo, "demo", false, words.T("desktop.flag.demo"))
	f.BoolVar(&o.copyToken, "copy-token", false, words.T("desktop.flag.copy-token"))
	showVersion := f.Bool("version", false, words.T("desktop.flag.version"))
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(0)
		}
		return o, fault.New(fault.BadUsage, "said", err.Error()).WithReason(fault.FlagUnknown)
	}
	if *showVersion {
		fmt.Println("keyfob-desktop", version.Version)
		os.Exit(0)
	}
	return o, nil
}

// desktop is what the parts of this program share.
type desktop struct {
	self       string
	places     storage.Places
	memoryOnly bool
	demo       bool
}

// runAgent serves until it is told to stop. The tray wants the main goroutine.
func (d desktop) runAgent(ctx context.Context) error {
	r, err := agent.Open(ctx, agent.Config{
		Kind: account.Desktop, Places: d.places, Keychain: []string{d.self, storage.ChildArg},
		MemoryOnly: d.memoryOnly, Demo: startDemo, Window: d.openWindow,
	})
	if err != nil {
		return err
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx); cancel() }()
	trayErr := tray.Run(ctx, tray.Options{
		Watch: r.Hub.Watch(ctx), Do: trayActions{d, r, ctx}, Hosted: r.Hub.SetTray, Log: r.Log,
	})
	cancel()
	return errors.Join(trayErr, <-done)
}

// openWindow opens one, or brings the one there is to the front: that is what a second start does.
func (d desktop) openWindow() error {
	_, err := detach.Start([]string{d.self})
	return err
}

func startDemo(ctx context.Context, dir string, log *slog.Logger) (io.Closer, error) {
	return demo.Start(ctx, demo.Options{Dir: dir, Log: log, Save: storage.WriteFile})
}

// trayActions are the tray menu's intents. The tray lives in the agent, so it asks the Keeper itself; the window
// is another process.
type trayActions struct {
	desktop
	*agent.Agent
	ctx context.Context //nolint:containedctx // the tray's menu calls back without one
}

func (t trayActions) SignIn(id string) {
	open := func(a account.Attempt) error { return browse.Open(t.ctx, a.URL) }
	err := t.Keeper.SignIn(t.ctx, id, false, open)
	if err != nil && fault.CodeOf(err) != fault.SignInCancelled {
		t.Log.Warn("sign-in from the tray", "account", id, "error", err)
		t.Open() // the window says what happened and what to do
	}
}

func (t trayActions) SignOut(id string) {
	if report, err := t.Keeper.SignOut(t.ctx, id); err != nil || report.Problem != nil {
		t.Log.Warn("sign-out from the tray", "account", id, "error", err, "problem", report.Problem)
		t.Open()
	}
}

func (t trayActions) Cancel(id string) { t.report(t.Keeper.Cancel(id)) }

// CopyToken asks nobody first: a person has pressed. Who holds the clipboard gets the token through a pipe.
func (t trayActions) CopyToken(id string) {
	access, err := t.Keeper.Token(t.ctx, id, time.Minute)
	if err == nil {
		t.HandedOut(id, account.Program{Name: words.T("tray.program"), Path: t.self, PID: os.Getpid()}, access.Expiry)
		_, err = detach.Feed([]string{t.self, "--copy-token"}, []byte(access.Token.Reveal()))
	}
	t.report(err)
}
func (t trayActions) Open() { t.report(t.openWindow()) }
func (t trayActions) Quit() { t.Stop() }

func (t trayActions) report(err error) {
	if err != nil {
		t.Log.Warn("tray", "error", err)
	}
}

// errRaised ends a second double-click: the window that is already there came forward instead.
var errRaised = errors.New("another window came forward")

func (d desktop) runWindow(ctx context.Context) error {
	if raised, err := client.New(d.places.Socket()).Window(ctx); err == nil && raised {
		return nil
	}
	defer quickStart()()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	flow := oauthflow.New(oauthflow.Options{Log: slog.Default()})
	defer flow.CloseIdle()
	a := d.newApp()
	w := ui.New(ui.Options{
		App: a,
		Connect: func(ctx context.Context) (ui.Agent, error) {
			client, err := d.connect(ctx)
			if errors.Is(err, errRaised) {
				fyne.Do(a.Quit)
			}
			return client, err
		},
		OpenBrowser: browse.Open,
		Check:       func(ctx context.Context, p profile.Profile) error { return flow.Prepare(ctx, p) },
		Call:        d.call,
		Look:        look,
		Do:          fyne.Do,
		Now:         time.Now,
		Log:         slog.Default(),
	})
	return w.ShowAndRun(ctx)
}

// call is what the window sends to an account's API, as keyfob call does.
func (d desktop) call(ctx context.Context, id string, c ui.Call, waits func(account.Wait)) (ui.Reply, error) {
	const shown, patience, first = 1 << 20, 30 * time.Second, 5 * time.Minute
	agent, err := client.Ensure(ctx, client.Finder{Places: d.places})
	if err != nil {
		return ui.Reply{}, err
	}
	defer agent.Close()
	p, err := agent.Profile(ctx, id)
	if err != nil {
		return ui.Reply{}, err
	}
	base := apicall.NewBase()
	defer base.CloseIdleConnections()
	base.ResponseHeaderTimeout = first
	t := apicall.Transport{
		Profile: p, Credentials: client.Credentials(agent, id, 0), Base: base, Patience: patience, Waits: waits,
	}
	s, err := t.Show(ctx, c.Method, c.Target, c.Body, shown)
	return ui.Reply(s), err
}

func look(token secret.Text) ui.Look {
	l := jwt.LookAt(token)
	switch l.Form {
	case jwt.Opaque:
		return ui.Look{Note: words.T("ui.look.opaque")}
	case jwt.Encrypted:
		return ui.Look{Note: words.T("ui.look.encrypted"), Text: apicall.Described(l)}
	case jwt.Readable:
	}
	return ui.Look{Note: words.T("ui.look.readable"), Text: apicall.Described(l)}
}

// quickStart has the first frame drawn before the garbage collector first runs: a window's start makes little garbage,
// and four collections in its first tenth of a second. Soon after, memory counts for more again.
func quickStart() (stop func() bool) {
	usual := debug.SetGCPercent(400)
	return time.AfterFunc(2*time.Second, func() { debug.SetGCPercent(usual) }).Stop
}

// newApp makes Fyne's application. Its thread checks are off in use, as Fyne advises for programs that pass them;
// our own whole-program tests switch them on and fail on what they print.
func (d desktop) newApp() fyne.App {
	app.SetMetadata(fyne.AppMetadata{
		ID: appID, Name: "Keyfob", Version: version.Version, Release: true,
		Migrations: map[string]bool{"fyneDo": os.Getenv("KEYFOB_THREAD_CHECKS") == ""},
	})
	a := app.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("keyfob.png", assets.AppIcon()))
	return a
}

// connect finds the agent or starts it, and claims the one window.
func (d desktop) connect(ctx context.Context) (*client.Client, error) {
	client, err := d.ensure(ctx)
	if err != nil {
		return nil, err
	}
	if raised, err := client.Window(ctx); err != nil {
		return nil, err
	} else if raised {
		return nil, errRaised
	}
	if d.demo {
		err = client.StartDemo(ctx)
	}
	return client, err
}

// ensure has a headless or older agent make way; if it cannot, without losing sign-ins, the window makes do with it.
// A script may start a headless one between two agents, which is asked as well.
func (d desktop) ensure(ctx context.Context) (*client.Client, error) {
	find := client.Finder{Places: d.places, Start: d.startAgent}
	const enough = 3
	for range enough {
		client, err := client.Ensure(ctx, find)
		if err != nil {
			return nil, err
		}
		if !outranked(ctx, client) || !agent.Replace(ctx, d.places, client) {
			return client, nil
		}
	}
	return client.Ensure(ctx, find)
}

// outranked tells whether a desktop's agent of this version should take the place of the one behind client.
func outranked(ctx context.Context, client *client.Client) bool {
	who, err := client.Version(ctx)
	return err == nil && agent.Outranks(account.Desktop, who)
}

func (d desktop) startAgent(context.Context) (ended <-chan error, err error) {
	argv := []string{d.self, "--agent"}
	if d.memoryOnly {
		argv = append(argv, "--memory-only")
	}
	return detach.Start(argv)
}

// copyToken is the tray's hand on the clipboard. On X11 and Wayland the clipboard lives in a program with a window
// system connection, which the agent does not have.
func (d desktop) copyToken(ctx context.Context) error {
	const longest = 1 << 20
	token, err := io.ReadAll(io.LimitReader(os.Stdin, longest))
	if err != nil || len(token) == 0 {
		return fault.New(fault.BadUsage).WithReason(fault.NothingToCopy).Because(err)
	}
	return ui.HoldOnClipboard(ctx, d.newApp(), secret.New(string(token)))
}
