package storage

import (
	"errors"
	"path/filepath"

	"keyfob/internal/fault"
)

// Places are the folders of Keyfob's own.
type Places struct {
	Config  string // what a person may edit, copy and back up: profiles, and who may have tokens
	State   string // what belongs to this machine: lock, log, the demo provider's keys
	Runtime string // the socket; the same as State where the system has no folder for such things
}

// DefaultPlaces returns the places of the current user: XDG folders on Linux and the BSDs, the system's conventions
// elsewhere. It makes nothing. The error is a fault: DiskTrouble where there is no home, SocketTooLong where the
// socket's path would be too long for the system.
func DefaultPlaces() (Places, error) {
	p, err := systemPlaces()
	if err != nil {
		return Places{}, err
	}
	return p, CheckSocketPath(p.Socket())
}

// Profiles is the folder of the profile files.
func (p Places) Profiles() string { return filepath.Join(p.Config, "profiles") }

// Access is the folder of who may have tokens: one file for each account that asks first.
func (p Places) Access() string { return filepath.Join(p.Config, "access") }

// Ledger is the list of hand-outs.
func (p Places) Ledger() string { return filepath.Join(p.State, "handouts.json") }

// LogFile is the diagnostic log; older ones lie beside it.
func (p Places) LogFile() string { return filepath.Join(p.State, "keyfob.log") }

// Lock is what the agent holds. It lies with the state and not with the socket: two environments (a desktop and a
// shell without XDG_RUNTIME_DIR) differ in their socket, and must not make two agents of one store.
func (p Places) Lock() string { return filepath.Join(p.State, lockName) }

// spareLock is held where no file can be made beside the state: in a read-only home, on a full disk.
func (p Places) spareLock() string { return filepath.Join(p.Runtime, lockName) }

const lockName = "agent.lock"

// Sealed is the folder of secrets that are too large for the keychain.
func (p Places) Sealed() string { return filepath.Join(p.State, "sealed") }

// Demo is the folder of the demo provider's keys and grants.
func (p Places) Demo() string { return filepath.Join(p.State, "demo") }

// diskTrouble types an error of the file system, unless it has a type.
func diskTrouble(path string, cause error) error {
	if typed := new(fault.Error); errors.As(cause, &typed) {
		return typed
	}
	return fault.New(fault.DiskTrouble, "path", path).Because(cause)
}
