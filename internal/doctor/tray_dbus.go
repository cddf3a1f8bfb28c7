//go:build linux || freebsd || openbsd || netbsd

package doctor

import (
	"context"

	"github.com/godbus/dbus/v5"
)

const watcher = "org.kde.StatusNotifierWatcher"

// trayHost asks the session bus, where there is one, whether a panel shows tray icons. It asks as ui/tray does.
func trayHost(ctx context.Context) (bool, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx)) // whose end closes it
	if err != nil {
		return false, errNoDesktop
	}
	defer conn.Close()
	if conn.Auth(nil) != nil || conn.Hello() != nil {
		return false, errNoDesktop
	}
	var registered dbus.Variant
	err = conn.Object(watcher, "/StatusNotifierWatcher").CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get",
		dbus.FlagNoAutoStart, watcher, "IsStatusNotifierHostRegistered").Store(&registered)
	is, _ := registered.Value().(bool)
	return err == nil && is, nil
}
