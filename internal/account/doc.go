// Package account is what Keyfob tells its faces about the accounts it holds: plain data, no behaviour.
//
// session.Keeper publishes a Snapshot, the agent carries it over the socket, and window, tray and command line draw
// from it. It is a room of its own so that a face needs neither the protocol nor the Keeper to be built or tested.
// Nothing in it is a secret, except the access token in Access, which is what a hand-out hands out.
//
// It may import: internal/fault, internal/secret.
package account
