//go:build linux

package doctor

import (
	"context"
	"testing"
	"time"

	"keyfob/ui/tray/traytest"
)

func TestTheTrayHostOfARealBus(t *testing.T) {
	bus, err := traytest.StartBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus.Address)
	wantHost(t, "an empty bus", false)
	panel, err := traytest.NewHost(bus.Address, false)
	if err != nil {
		t.Fatal(err)
	}
	defer panel.Close()
	wantHost(t, "a watcher without a host", false)
	if err := panel.SetHosted(true); err != nil {
		t.Fatal(err)
	}
	wantHost(t, "a host", true)
}

func wantHost(t *testing.T, name string, want bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if is, err := trayHost(ctx); err != nil || is != want {
		t.Errorf("%s: %v, %v", name, is, err)
	}
}

func TestNoBusIsStarted(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
	if is, err := trayHost(t.Context()); is || err != errNoDesktop {
		t.Errorf("%v, %v", is, err)
	}
}
