//go:build !unix || darwin

package storage

// UseSessionBus has nothing to do: this system's keychain is reached without a bus.
func UseSessionBus() {}
