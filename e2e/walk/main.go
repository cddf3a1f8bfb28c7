//go:build linux

// Command walk is `make run` on a machine without a display: it stands a desktop up that nobody sees, and goes once
// through Keyfob's demo on it as a person would, telling each step. It ends with 0 only if the demo's API accepts the
// token of `keyfob token demo` and the keychain holds the session, before and after a restart.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
	demoserver "keyfob/internal/demo"
)

// demo is the id of the demo's profile, and api what its access tokens are for.
const (
	demo = "demo"
	api  = "http://" + demoserver.Addr + "/api/whoami"
)

func main() {
	bin := flag.String("bin", "build/bin", "folder of keyfob and keyfob-desktop")
	screens := flag.String("screens", "build/screens", "folder for the screenshots")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *bin, *screens)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "keyfob:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin, screens string) (err error) {
	var w walk
	if w.options.Bin, err = filepath.Abs(bin); err != nil {
		return err
	}
	w.options.Screens = screens
	defer func() {
		if w.Stage != nil {
			if err != nil {
				fmt.Fprintln(os.Stderr, w.Logs())
			}
			err = errors.Join(err, w.Close())
		}
	}()
	steps := w.steps()
	for i, s := range steps {
		fmt.Printf("%d/%d  %s\n", i+1, len(steps), s.what)
		if err := s.within(ctx); err != nil {
			return fmt.Errorf("step %d, %q: %w", i+1, s.what, err)
		}
	}
	fmt.Println("Keyfob works here. On a desktop, `make run` opens this window for you.")
	return nil
}

// step is one thing that a person would do or look at.
type step struct {
	what string
	do   func(context.Context) error
}

// within does the step, with an end to its patience.
func (s step) within(ctx context.Context) error {
	const patience = 90 * time.Second
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it took longer than %s", patience))
	defer cancel()
	err := s.do(ctx)
	if err != nil && context.Cause(ctx) != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// walk is one visit.
type walk struct {
	*stage.Stage
	options stage.Options
	window  stage.Window
	shots   int
}

// name numbers the screenshots in the order of the visit.
func (w *walk) name(what string) string {
	w.shots++
	return fmt.Sprintf("run-%d-%s", w.shots, what)
}

func (w *walk) steps() []step {
	return []step{
		{"A virtual display, a session bus and a keychain of its own", w.open},
		{"Double-click: Keyfob's window opens, with the demo", w.doubleClick},
		{"Sign in is pressed, and Keyfob opens the browser", w.press},
		{"In the browser (Chromium) Jane Doe signs in", w.signIn},
		{"The window comes forward and says who is signed in", w.lookAtWindow},
		{"The keychain holds the session (seen from outside, with secret-tool)", w.lookIntoKeychain},
		{"The demo's API accepts what `keyfob token demo` prints", w.callAPI},
		{"Everything of Keyfob is killed, and started again by a double-click", w.restart},
		{"Still signed in, without a browser: token, API and keychain", w.lookAgain},
	}
}

func (w *walk) open(ctx context.Context) (err error) {
	if err := freeForDemo(ctx); err != nil {
		return err
	}
	// The desktop outlives the step: its processes end with Close, not with the step's patience.
	w.Stage, err = stage.Open(context.WithoutCancel(ctx), w.options)
	return err
}

// freeForDemo says it plainly if another Keyfob on this machine runs its demo: there is one address for it.
func freeForDemo(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", demoserver.Addr)
	if err != nil {
		return fmt.Errorf("something else listens where the demo would; is it another Keyfob? %w", err)
	}
	return l.Close()
}

func (w *walk) doubleClick(ctx context.Context) (err error) {
	if _, err = w.DoubleClick(context.WithoutCancel(ctx), "--demo"); err != nil {
		return err
	}
	if w.window, err = w.Window(ctx, stage.Title); err != nil {
		return err
	}
	if err = w.Ready(ctx, w.window); err != nil {
		return err
	}
	if _, err = w.waitDemo(ctx, account.SignedOut, account.SignedIn); err != nil {
		return err
	}
	return w.snap(ctx, w.name("window"))
}

// waitDemo waits for the demo's account, also while there is no agent yet.
func (w *walk) waitDemo(ctx context.Context, states ...account.Status) (account.Account, error) {
	if _, err := w.Status(ctx); err != nil { // `keyfob status` waits for the agent
		return account.Account{}, err
	}
	return w.WaitAccount(ctx, demo, states...)
}

func (w *walk) press(ctx context.Context) error {
	if err := w.WaitActive(ctx, w.window); err != nil {
		return err
	}
	if err := w.PressPrimary(ctx, w.window); err != nil {
		return err
	}
	_, err := w.WaitAccount(ctx, demo, account.SigningIn)
	return err
}

func (w *walk) signIn(ctx context.Context) error {
	opened, err := w.Opened(ctx)
	if err != nil {
		return err
	}
	tab, err := w.Browse(ctx, opened.URL)
	if err != nil {
		return err
	}
	defer tab.Close()
	if _, err := tab.Text(ctx); err != nil {
		return err
	}
	if err := shot(tab.Screenshot(ctx, w.name("provider"))); err != nil {
		return err
	}
	if err := tab.Press(ctx, "Jane Doe"); err != nil {
		return err
	}
	if _, _, err := tab.Result(ctx); err != nil {
		return err
	}
	return shot(tab.Screenshot(ctx, w.name("browser")))
}

func (w *walk) lookAtWindow(ctx context.Context) error {
	a, err := w.WaitAccount(ctx, demo, account.SignedIn)
	if err != nil {
		return err
	}
	if a.Who == nil || a.Who.Name != "Jane Doe" {
		return fmt.Errorf("it is %v who is signed in", a.Who)
	}
	if err := w.WaitActive(ctx, w.window); err != nil {
		return err
	}
	return w.snap(ctx, w.name("signed-in"))
}

func (w *walk) lookIntoKeychain(ctx context.Context) error {
	text, err := w.Secret(ctx, "session/"+demo)
	if err != nil {
		return err
	}
	var record struct {
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal([]byte(text), &record) != nil || record.Refresh == "" {
		return errors.New("the keychain does not hold the session")
	}
	return nil
}

func (w *walk) callAPI(ctx context.Context) error {
	r, err := w.Keyfob(ctx, "token", demo)
	if err != nil {
		return err
	}
	if r.Code != 0 {
		return fmt.Errorf("keyfob token demo ended with %d: %s", r.Code, r.Err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, api, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(r.Out))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the API answers %s", resp.Status)
	}
	if err != nil {
		return err
	}
	var caller struct{ Name, Email string }
	if err := json.Unmarshal(body, &caller); err != nil {
		return fmt.Errorf("the API's answer cannot be read: %w", err)
	}
	fmt.Printf("     the API says that this is %s <%s>\n", caller.Name, caller.Email)
	return nil
}

func (w *walk) restart(ctx context.Context) error {
	s, err := w.Status(ctx)
	if err != nil {
		return err
	}
	for _, pid := range []int{w.window.PID, s.Agent.PID} {
		if err := stage.Kill(ctx, pid); err != nil {
			return err
		}
	}
	if err := w.NoWindow(ctx, stage.Title); err != nil {
		return err
	}
	return w.doubleClick(ctx)
}

func (w *walk) lookAgain(ctx context.Context) error {
	opened := w.OpenedCount()
	for _, look := range []func(context.Context) error{w.callAPI, w.lookIntoKeychain, w.lookAtWindow} {
		if err := look(ctx); err != nil {
			return err
		}
	}
	if w.OpenedCount() != opened || opened != 1 {
		return errors.New("a browser was opened without being asked for")
	}
	return nil
}

// snap saves a picture of the window when it has come to rest, and tells where.
func (w *walk) snap(ctx context.Context, name string) error {
	if _, err := w.Settle(ctx, w.window); err != nil {
		return err
	}
	return shot(w.Snap(w.window, name))
}

func shot(path string, err error) error {
	if err == nil {
		fmt.Println("     " + path)
	}
	return err
}
