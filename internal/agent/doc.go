// Package agent wires the agent: the one process that holds tokens.
//
// Both programs become it: the desktop program with a tray, and the command line without a display. It puts together
// lock, log, keychain, Keeper, hub, access, gateways and the local API, in the order in which one needs the other, and
// ends them in turn. It decides which of two agents makes way (lock.go), keeps lock and socket where others find them
// (reach.go), and runs the demo's provider while its account is there (demo.go).
//
// It may import: account, localapi and what is below it, assets, gateway, hub, oauthflow, profile, session, storage,
// access, words, internal/… leaves. No RFC speaks of it.
package agent
