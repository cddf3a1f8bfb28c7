// Package stage is a person's desktop for tests, without a person and without a desktop.
//
// A Stage has a home folder of its own, a virtual display with a window manager, a private session bus with a real
// keychain (gnome-keyring) and a stand-in for the tray, a browser (Chromium, driven over its debugging protocol) and
// real providers to sign in at. Keyfob's own programs run on it exactly as they are shipped. Nothing on it is shared
// with the machine it runs on, several stages can stand side by side, and Close leaves no process behind.
//
// A program that is missing is an error that names the Debian package; nothing is skipped.
//
// It may import: assets, account and localapi/client (to wait for what the agent publishes), ui/tray/traytest (the
// tray's stand-in).
package stage
