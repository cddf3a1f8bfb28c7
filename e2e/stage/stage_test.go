//go:build linux

package stage

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

func open(t *testing.T, o Options) (context.Context, *Stage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	o.Screens = t.TempDir()
	s, err := Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.Logs())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return ctx, s
}

func TestStageHasARealKeychain(t *testing.T) {
	ctx, s := open(t, Options{NoDisplay: true, NoTrayHost: true})
	store := "printf hello | secret-tool store --label=test service keyfob username session/acme"
	p, err := s.Start(ctx, "/bin/sh", "-c", store)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(ctx); err != nil {
		t.Fatal(err, p.Output())
	}
	if got, err := s.Secret(ctx, "session/acme"); got != "hello" || err != nil {
		t.Errorf("Secret = %q, %v", got, err)
	}
	if got, err := s.Secrets(ctx); len(got) != 1 || got[0] != "session/acme" || err != nil {
		t.Errorf("Secrets = %q, %v", got, err)
	}
	if got, err := s.Secret(ctx, "session/other"); got != "" || err != nil {
		t.Errorf("Secret of nothing = %q, %v", got, err)
	}
}

// TestStageClosesWhileTheBusIsBusy: whoever watches the keychain is in the middle of something then.
func TestStageClosesWhileTheBusIsBusy(t *testing.T) {
	var talk sync.WaitGroup
	t.Cleanup(talk.Wait) // until the stage has closed
	ctx, s := open(t, Options{NoDisplay: true, NoTrayHost: true, NoKeychain: true})
	for range 30 {
		if err := s.WatchKeychain(ctx, func(KeychainCall) {}); err != nil {
			t.Fatal(err)
		}
	}
	busy, err := dbus.Connect(s.bus.address)
	if err != nil {
		t.Fatal(err)
	}
	talk.Go(func() {
		for busy.Emit("/org/example", "org.example.Test.Busy") == nil { // ends with the bus
		}
		_ = busy.Close()
	})
}

func TestStageWithoutKeychainStartsNone(t *testing.T) {
	ctx, s := open(t, Options{NoDisplay: true, NoTrayHost: true, NoKeychain: true})
	flags := dbus.Flags(0) // starting it on demand is allowed
	err := s.bus.conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
		CallWithContext(ctx, "org.freedesktop.DBus.Peer.Ping", flags).Err
	if err == nil {
		t.Error("there is a Secret Service on a bus that should have none")
	}
}

func TestStageShowsWindowsAndFocus(t *testing.T) {
	ctx, s := open(t, Options{NoKeychain: true})
	if err := s.Distract(ctx); err != nil {
		t.Fatal(err)
	}
	path, err := s.Screenshot("desktop", s.display.screen())
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("screenshot: %v", err)
	}
}

func TestStageOpensTheBrowser(t *testing.T) {
	ctx, s := open(t, Options{NoKeychain: true, NoDisplay: true})
	provider, err := s.StartProvider(ctx, Plain, ProviderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(ctx, s.Path("bin/xdg-open"), provider.Issuer+"/auth"); err != nil {
		t.Fatal(err)
	}
	opened, err := s.Opened(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tab, err := s.Browse(ctx, opened.URL)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := tab.Text(ctx); !strings.Contains(text, "Something is not right") || err != nil {
		t.Errorf("page = %q, %v", text, err)
	}
}

func TestStageLeavesNothingBehind(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, Options{Screens: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Browse(ctx, "about:blank"); err != nil {
		t.Fatal(err)
	}
	// A process that left our process group, as an agent does.
	if _, err := s.Start(ctx, "/usr/bin/setsid", "--fork", "sleep", "600"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left := marked(s.dir); len(left) > 0 {
		t.Errorf("left behind: %s", Describe(left))
	}
	if _, err := os.Stat(s.dir); err == nil {
		t.Errorf("%s is still there", s.dir)
	}
	if sockets, _ := filepath.Glob(filepath.Join(os.TempDir(), filepath.Base(s.dir)+"*")); len(sockets) > 0 {
		t.Errorf("left behind: %q", sockets)
	}
}

func TestUsageOfOurselves(t *testing.T) {
	if n, err := PrivateMemory(os.Getpid()); n < 1<<20 || err != nil {
		t.Errorf("PrivateMemory = %d, %v", n, err)
	}
	if d, err := CPUTime(os.Getpid()); d <= 0 || err != nil {
		t.Errorf("CPUTime = %v, %v", d, err)
	}
}
