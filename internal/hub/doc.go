// Package hub is where everything that a client draws comes together, and where the clients get it from.
//
// Those who know something publish it here: the Keeper its accounts and the keychain's state, package access the
// requests that wait for a person and the accounts that ask first, the gateways their addresses, the tray whether
// somebody can see it. A client takes a Snapshot, or watches. The hub decides nothing and keeps nothing.
//
// A snapshot is made when somebody looks. A publisher says only that something has changed, so that a change costs
// nothing while nobody looks. The hub's lock is never held while a publisher is asked, so a publisher may hold its own
// lock while it calls Changed.
//
// It may import: account.
package hub
