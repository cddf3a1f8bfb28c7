// Package account is what Keyfob tells its clients about the accounts it holds: plain data, and what follows from it.
//
// A client is the window, the tray or the command line. The Keeper says what is true of each account, the hub makes a
// Snapshot of everything, the local API carries it over the socket, and a client draws from it. So a client needs
// neither the protocol nor the Keeper to be built or tested.
//
// Nothing in it is a secret, except the access token in Access, which is what a hand-out hands out.
//
// It may import: internal/fault, internal/secret.
package account
