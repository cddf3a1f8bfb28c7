//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"sync/atomic"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"

	"keyfob/assets"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
	portalName  = "org.freedesktop.portal.Desktop"
	portalPath  = "/org/freedesktop/portal/desktop"
	settings    = "org.freedesktop.portal.Settings"
	appearance  = "org.freedesktop.appearance"

	// busPatience bounds one question on the bus: a host that hangs must not hang us.
	busPatience = 2 * time.Second
)

// panel knows whether the icon's surroundings are dark.
type panel struct{ light atomic.Bool }

// dark is the answer for the icon. Panels are dark unless the desktop says that it prefers light.
func (p *panel) dark() bool { return !p.light.Load() }

// prepare finds the session bus, starts to watch for a tray host, and waits until the first watcher is there: systray
// asks to be shown before it starts to listen for watchers, and would miss one that comes between. False: nothing to
// run for.
func (t *tray) prepare(hosted func(bool)) bool {
	conn, err := connect()
	if err != nil {
		t.log.Info("no session bus, so no tray icon", "cause", err)
		hosted(false)
		return false
	}
	h := &host{conn: conn, signals: make(chan *dbus.Signal, 16), hosted: hosted, appeared: make(chan struct{})}
	if err := h.subscribe(); err != nil {
		t.log.Warn("tray host unknown", "cause", err)
	}
	t.running.Go(func() { h.follow(t) })
	select {
	case <-t.ctx.Done():
		return false
	case <-h.appeared:
	}
	systray.SetTitle("Keyfob") // before Run: it becomes the item's Id, by which desktops remember where it belongs
	systray.SetIcon(assets.Tray(assets.TraySignedOut, t.panel.dark()))
	return true
}

// connect opens a connection of our own. It never starts a bus: godbus would otherwise run dbus-launch and leave an
// orphan. Where it finds the bus by its well-known place it sets DBUS_SESSION_BUS_ADDRESS, which systray then uses.
func connect() (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, err
	}
	if err = conn.Auth(nil); err == nil {
		err = conn.Hello()
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// host watches who shows tray icons.
type host struct {
	conn     *dbus.Conn
	signals  chan *dbus.Signal
	hosted   func(bool)
	appeared chan struct{} // closed when there is a watcher to register with
	seen     bool          // it is closed
}

// subscribe asks for the three signals that can change the answers.
func (h *host) subscribe() error {
	h.conn.Signal(h.signals)
	for _, match := range [][]dbus.MatchOption{
		{
			dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"),
			dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcherName),
		},
		{dbus.WithMatchInterface(watcherName), dbus.WithMatchObjectPath(watcherPath)},
		{
			dbus.WithMatchInterface(settings), dbus.WithMatchMember("SettingChanged"),
			dbus.WithMatchObjectPath(portalPath), dbus.WithMatchArg(0, appearance),
		},
	} {
		if err := h.conn.AddMatchSignal(match...); err != nil {
			return err
		}
	}
	return nil
}

// follow tells hosted the truth at the start and after each change, until the bus or the tray ends.
func (h *host) follow(t *tray) {
	defer h.conn.Close()
	h.look(t)
	is := h.present(t.ctx)
	h.hosted(is)
	for {
		select {
		case <-t.ctx.Done():
			return
		case signal, open := <-h.signals:
			if open && signal.Name == settings+".SettingChanged" {
				h.look(t)
				continue
			}
			t.lost.Store(!open)
			now := open && h.present(t.ctx)
			if now != is {
				h.hosted(now)
			}
			if is = now; !open {
				t.log.Info("the session bus has gone")
				return
			}
		}
	}
}

// present asks whether there is a watcher, and whether a host shows the icons that register with it.
func (h *host) present(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	var owned bool
	err := h.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcherName).Store(&owned)
	if err != nil || !owned {
		return false
	}
	if !h.seen {
		close(h.appeared)
		h.seen = true
	}
	var registered dbus.Variant
	err = h.conn.Object(watcherName, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get",
		dbus.FlagNoAutoStart, watcherName, "IsStatusNotifierHostRegistered").Store(&registered)
	is, _ := registered.Value().(bool)
	return err == nil && is
}

// look asks the desktop which colour it prefers (xdg-desktop-portal: 0 no preference, 1 dark, 2 light).
func (h *host) look(t *tray) {
	ctx, cancel := context.WithTimeout(t.ctx, busPatience)
	defer cancel()
	var scheme dbus.Variant
	err := h.conn.Object(portalName, portalPath).CallWithContext(ctx, settings+".Read",
		dbus.FlagNoAutoStart, appearance, "color-scheme").Store(&scheme)
	if err != nil {
		return
	}
	for inner, ok := scheme.Value().(dbus.Variant); ok; inner, ok = scheme.Value().(dbus.Variant) {
		scheme = inner // Read wraps its answer twice
	}
	preference, _ := scheme.Value().(uint32)
	if light := preference == 2; t.panel.light.Swap(light) != light {
		select {
		case t.redraw <- struct{}{}:
		default: // one is on its way
		}
	}
}
