package doctor

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/version"
	"keyfob/storage"
)

// reside lets somebody answer at the socket.
func (d *doctor) reside(t *testing.T, h http.HandlerFunc) {
	t.Helper()
	l, err := net.Listen("unix", d.Places.Socket())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(d.Places.Socket(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
}

// hold takes the lock as an agent does.
func (d *doctor) hold(t *testing.T) {
	t.Helper()
	lock, err := d.Places.Acquire(storage.Holder{PID: 4711, Socket: d.Places.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Release() })
}

func TestWhoIsTheAgent(t *testing.T) {
	usual := version.Version
	version.Version = "v1.2.0"
	defer func() { version.Version = usual }()
	serves := func(version string) func(*testing.T, *doctor) {
		s := account.Snapshot{Agent: account.Agent{Version: version, PID: 4711, Kind: account.Headless}}
		return func(t *testing.T, d *doctor) { d.reside(t, answer(s)) }
	}
	for name, c := range map[string]struct {
		there func(*testing.T, *doctor)
		want  string
		says  string
	}{
		"nobody": {func(*testing.T, *doctor) {}, "ok", "nobody"},
		"ours":   {serves("v1.2.0"), "ok", "headless, process 4711, version v1.2.0"},
		"newer":  {serves("v1.3.0"), "ok", "version v1.3.0"},
		"older":  {serves("v1.1.9"), "warn", "version v1.1.9; this program is newer: v1.2.0"},
		"nobody behind the lock": {
			func(t *testing.T, d *doctor) { d.hold(t) }, "fail agent-failed", "process 4711, does not answer",
		},
		"one that does not answer": {func(t *testing.T, d *doctor) {
			d.hold(t)
			d.reside(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		}, "fail agent-failed", "process 4711, does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			d := clinic(t)
			c.there(t, d)
			checks := d.visitAll(t)
			want(t, checks, map[string]string{"agent": c.want})
			if got := checks["agent"]; !strings.Contains(got.Text, c.says) || got.TookMS > 5000 {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestF40TheKeychainFromHere: the agent is the one that needs it, and may have another one.
func TestF40TheKeychainFromHere(t *testing.T) {
	missing, locked := fault.New(fault.KeychainMissing), fault.New(fault.KeychainLocked)
	unusable := &account.Keychain{State: account.KeychainUnusable, Problem: locked}
	for name, c := range map[string]struct {
		agent *account.Keychain
		here  error
		asks  bool
		want  string
	}{
		"works":               {nil, nil, false, "ok"},
		"none":                {nil, missing, false, "fail keychain-missing"},
		"locked":              {nil, locked, false, "fail keychain-locked"},
		"works for both":      {&account.Keychain{State: account.KeychainReady}, nil, false, "ok"},
		"only there":          {&account.Keychain{State: account.KeychainReady}, missing, false, "warn keychain-missing"},
		"only here":           {unusable, nil, false, "warn keychain-locked"},
		"nowhere":             {unusable, missing, false, "fail keychain-missing"},
		"not to be used":      {&account.Keychain{State: account.KeychainMemoryOnly}, errAny, false, "warn"},
		"not an error of us":  {nil, errAny, false, "fail internal"},
		"F40 asks each start": {nil, nil, true, "warn"},
		"F40 asks the agent":  {unusable, nil, true, "warn keychain-locked"},
	} {
		d := clinic(t)
		d.trial = func(context.Context) (bool, error) { return c.asks, c.here }
		if c.agent != nil {
			d.reside(t, answer(account.Snapshot{Keychain: *c.agent}))
		}
		t.Run(name, func(t *testing.T) { want(t, d.visitAll(t), map[string]string{"keychain": c.want}) })
	}
}

func TestAKeychainThatHangs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	d := clinic(t)
	d.trial = tried([]string{"/bin/sh", "-c", "sleep 1000"})
	began := time.Now()
	v := &visit{doctor: d}
	c := v.examine(t.Context(), &look{"keychain", time.Second, (*visit).keychain})
	if c.Code != fault.KeychainSlow || time.Since(began) > 5*time.Second {
		t.Errorf("%+v after %v", c, time.Since(began))
	}
}

func TestNoTrayIsNoProblem(t *testing.T) {
	for name, c := range map[string]struct {
		host  bool
		err   error
		shown bool
		want  string
	}{
		"a host":           {true, nil, false, "ok"},
		"no host":          {false, nil, false, "warn"},
		"no desktop":       {false, errNoDesktop, false, "skipped"},
		"another desktop":  {false, errNoDesktop, true, "ok"},
		"a host that asks": {false, nil, true, "ok"},
	} {
		d := clinic(t)
		d.trayHost = func(context.Context) (bool, error) { return c.host, c.err }
		d.reside(t, answer(account.Snapshot{Agent: account.Agent{Tray: c.shown}}))
		t.Run(name, func(t *testing.T) { want(t, d.visitAll(t), map[string]string{"tray": c.want}) })
	}
}

func TestNothingOpensABrowser(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the system does")
	}
	d := clinic(t)
	d.LookPath = func(string) (string, error) { return "", errors.New("not found") }
	want(t, d.visitAll(t), map[string]string{"browser": "warn browser-failed"})
	d = clinic(t)
	d.LookPath = func(file string) (string, error) {
		if file != "x-www-browser" && file != "open" {
			return "", errors.New("not found")
		}
		return "/usr/bin/" + file, nil
	}
	if c := d.visitAll(t)["browser"]; runtime.GOOS == "linux" && c.Text != "opened by /usr/bin/x-www-browser" {
		t.Errorf("%+v", c)
	}
}

// TestA47TheSocketIsOursAlone: nothing is mended, so that it is seen.
func TestA47TheSocketIsOursAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the agent writes an access list")
	}
	const bad = "fail socket-unsafe"
	for name, c := range map[string]struct {
		spoil func(p storage.Places) error
		want  string
		says  string
	}{
		"as it should be":       {func(storage.Places) error { return nil }, "ok", "for you alone"},
		"an open folder":        {func(p storage.Places) error { return os.Chmod(p.Runtime, 0o755) }, bad, "run"},
		"an open socket":        {func(p storage.Places) error { return os.Chmod(p.Socket(), 0o666) }, bad, "agent.sock"},
		"another user's folder": {func(p storage.Places) error { return chown(p.Runtime) }, bad, "another user"},
		"another user's socket": {func(p storage.Places) error { return chown(p.Socket()) }, bad, "another user"},
		"a link to a folder": {func(p storage.Places) error {
			return errors.Join(os.Rename(p.Runtime, p.Runtime+"2"), os.Symlink(p.Runtime+"2", p.Runtime))
		}, bad, "link"},
		"a file in its place": {func(p storage.Places) error {
			return errors.Join(os.Remove(p.Socket()), os.WriteFile(p.Socket(), nil, 0o600))
		}, bad, "not a socket"},
		"a link in its place": {func(p storage.Places) error {
			return errors.Join(os.Rename(p.Socket(), p.Socket()+"2"), os.Symlink(p.Socket()+"2", p.Socket()))
		}, bad, "not a socket"},
		"none":      {func(p storage.Places) error { return os.Remove(p.Socket()) }, "skipped", "none yet"},
		"no folder": {func(p storage.Places) error { return os.RemoveAll(p.Runtime) }, "skipped", "none yet"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "another user") && os.Geteuid() != 0 {
				t.Skip("only root can give something away")
			}
			d := clinic(t)
			d.reside(t, answer(account.Snapshot{}))
			if err := c.spoil(d.Places); err != nil {
				t.Fatal(err)
			}
			v := &visit{doctor: d}
			got := v.examine(t.Context(), &look{"socket", time.Second, (*visit).socket})
			want(t, map[string]*Check{"socket": got}, map[string]string{"socket": c.want})
			if !strings.Contains(got.Text, c.says) {
				t.Errorf("%q", got.Text)
			}
		})
	}
}

func chown(path string) error { return os.Lchown(path, 12345, 12345) }

// TestA47TheSocketThatTheAgentNames is looked at, not the one of our own environment.
func TestA47TheSocketThatTheAgentNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the agent writes an access list")
	}
	d := clinic(t)
	elsewhere := filepath.Join(d.Places.Config, "open")
	if err := errors.Join(os.Mkdir(elsewhere, 0o700), os.Chmod(elsewhere, 0o755)); err != nil {
		t.Fatal(err)
	}
	lock, err := d.Places.Acquire(storage.Holder{PID: 1, Socket: filepath.Join(elsewhere, "agent.sock")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Release() }()
	if c := d.socket(t.Context()); c.Code != fault.SocketUnsafe || !strings.Contains(c.Text, elsewhere) {
		t.Errorf("%+v", c)
	}
}
