package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"keyfob/internal/localapi/client"
	"keyfob/internal/process"
	"keyfob/internal/version"
	"keyfob/internal/words"
	"keyfob/storage"
)

// TestMain is also the programs of the scripts: the command line itself, a browser that follows the link, and an
// agent that nobody can reach.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"keyfob":   keyfob,
		"xdg-open": browser,
		"holder":   holder,
	})
}

// leakChecked is goleak.VerifyTestMain for testscript, which wants to end the program itself.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int {
	code := m.M.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "goroutines leaked:", err)
		return 1
	}
	return code
}

// keyfob is the command line. Where the script wants silence, it must not have read what there is to say.
func keyfob() {
	code := run(os.Args[1:])
	if os.Getenv("WANT_SILENCE") != "" && words.WasRead() {
		fmt.Fprintln(os.Stderr, "the catalogue was read")
		code = exitFailed
	}
	os.Exit(code)
}

// browser notes that it was opened, and where, and goes there.
func browser() {
	log := filepath.Join(filepath.Dir(os.Getenv("HOME")), "browser.log")
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		fmt.Fprintln(f, os.Args[1])
		for _, secret := range []string{"ACCESS_TOKEN", "DEMO_ACCESS_TOKEN"} {
			if os.Getenv(secret) != "" {
				fmt.Fprintln(f, "the browser has", secret)
			}
		}
		if _, err := os.Stat("/dev/fd/9"); err == nil {
			fmt.Fprintln(f, "the browser has descriptor 9")
		}
		f.Close()
	}
	if res, err := http.Get(os.Args[1]); err == nil {
		res.Body.Close()
	}
}

// holder takes the agent's lock and listens nowhere, until somebody ends it. With an argument the lock says that it
// is another process.
func holder() {
	places, err := storage.DefaultPlaces()
	if err == nil {
		_, err = places.Ensure()
	}
	me := storage.Holder{
		PID: os.Getpid(), Kind: "headless", Version: version.Version, Started: time.Now(),
		Process: process.Started(os.Getpid()) + strings.Join(os.Args[1:], ""),
	}
	if err == nil {
		_, err = places.Acquire(me)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	time.Sleep(time.Hour)
}

// held waits until somebody holds the agent's lock.
func held(ts *testscript.TestScript, _ bool, _ []string) {
	lock := filepath.Join(ts.Getenv("XDG_STATE_HOME"), "keyfob", "agent.lock")
	patience := time.After(30 * time.Second)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if h, held := storage.ReadHolder(lock); held && h.PID != 0 {
			return
		}
		select {
		case <-look.C:
		case <-patience:
			ts.Fatalf("nobody holds the lock")
		}
	}
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		Setup:               setup,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		WorkdirRoot:         shortDir(t),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"agent": startFakeAgent,
			"exits": exits,
			"await": await,
			"held":  held,
			"shown": shown,
			"visit": visit,
		},
	})
}

// shortDir is a folder whose name leaves room for that of a socket.
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "kf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// setup gives each script folders of its own, no desktop session and no bus.
func setup(env *testscript.Env) error {
	dir := func(name string) string { return filepath.Join(env.WorkDir, name) }
	env.Setenv("HOME", dir("home"))
	env.Setenv("XDG_CONFIG_HOME", dir("config"))
	env.Setenv("XDG_STATE_HOME", dir("state"))
	env.Setenv("XDG_RUNTIME_DIR", dir("run"))
	env.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	env.Setenv("DISPLAY", "")
	env.Setenv("WAYLAND_DISPLAY", "")
	env.Setenv("BROWSER_LOG", dir("browser.log"))
	env.Setenv("GORACE", "atexit_sleep_ms=0") // else each process of a -race build waits for a second at its end
	env.Defer(func() {
		client := client.New(filepath.Join(dir("run"), "keyfob", "agent.sock"))
		_ = client.Stop(context.Background()) // where a script failed before it stopped what it had started
		client.Close()
	})
	return os.Mkdir(dir("run"), 0o700)
}

// handsOut are the commands that may print a token; run does when what it runs does.
var handsOut = []string{"token", "header", "kube", "git", "run"}

// exits runs the command line and wants an exit code: exits CODE args….
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE args…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec("keyfob", args[1:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("keyfob: %v", err)
	}
	said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	if got != want {
		ts.Fatalf("exit code %d, want %d\n%s", got, want, said)
	}
	if strings.Contains(said, canary) && !slices.Contains(handsOut, args[1]) {
		ts.Fatalf("a token was printed by keyfob %s", args[1])
	}
	if strings.Contains(said, "\x1b") {
		ts.Fatalf("escape sequences where there is no terminal: %q", said)
	}
}
