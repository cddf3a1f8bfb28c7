// Package traytest lets a test stand where a desktop stands: it starts a private session bus, owns
// org.kde.StatusNotifierWatcher on it, reads the menu of a tray icon as a panel does (com.canonical.dbusmenu) and
// clicks it.
//
// It is used by the tests of ui/tray and by the tests of the whole program, never by the program.
package traytest
