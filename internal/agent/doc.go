// Package agent wires the agent: the one process that holds tokens.
//
// Both programs become it: the desktop program with a tray, and the command line without a display. It puts together
// lock, log, keychain, Keeper, hub, access, gateways and the local API, in the order in which one needs the other, and
// ends them in turn. It follows the demo: the demo's provider runs while its account is there. Nothing else is decided
// here.
//
// It may import: account, apicall, localapi, assets, gateway, hub, oauthflow, profile, session, storage, access,
// internal/… leaves.
package agent
