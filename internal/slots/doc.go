// Package slots keeps a secret that is replaced now and then in a store that can fail, hang, or be cut off at any
// moment, so that the newest one is never lost.
//
// Each secret has two slots in the store. The first holds it; the second holds a newer one from the moment it arrives
// until the first holds it too. So what is in the second slot is always the newer one. One slot would not do: a
// keychain that replaces an item may lose the old one without having saved the new one. Therefore no slot is written
// while it alone holds the newest secret, and whoever is killed at any point finds the newest saved one at the next
// start.
//
// What is kept is opaque: bytes, and a Mark that tells one secret from another. The same secret may be stored with
// other words around it; only another secret is a newer one.
//
// It may import: internal/… leaves. It knows no accounts.
package slots
