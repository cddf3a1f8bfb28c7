// Package agent wires the one process that holds tokens: lock, log, keychain, Keeper and the agent's socket.
//
// Both programs become it: the desktop program with a tray, and the command line without a display. Nothing is
// decided here that is not about starting, following the demo, and stopping in the right order.
//
// It may import: account, localapi, assets, gateway, oauthflow, profile, session, storage, access, internal/…
package agent
