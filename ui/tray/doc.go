// Package tray is the icon in the notification area and its menu: a view of the agent, drawn from snapshots.
//
// It uses fyne.io/systray directly and no window toolkit, because it lives in the process that runs all day. The menu
// is derived from one snapshot by pure code (view.go) and applied to a fixed set of items (items.go): items are shown,
// hidden and renamed, never removed, because systray closes the channel of a removed item while a click may be on its
// way to it. What a click does runs in a goroutine of its own; systray drops clicks that nobody is waiting for.
//
// On Linux and the BSDs the icon is a StatusNotifierItem. Whether anything shows it is asked on a D-Bus connection of
// our own (host_dbus.go): systray's connection is the process-wide one, and a foreign signal on it would end systray's
// re-registration.
//
// It may import: account, assets, words, internal/…
package tray
