// Package agent wires the one process that holds tokens: lock, log, keychain, Keeper and the server of the local API.
//
// Both programs become it: the desktop program with a tray, and the command line without a display. It decides when the
// process starts and who makes way for whom (lock.go), keeps lock and socket where others find them (reach.go), follows
// the demo (demo.go), opens gateways (gateways.go), and stops everything in the right order.
//
// It may import: account, localapi and what is below it, assets, gateway, hub, oauthflow, profile, session, storage,
// access, internal/…. No RFC speaks of it.
package agent
