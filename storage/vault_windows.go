package storage

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"

	"keyfob/internal/fault"
)

// sizeLimit is CRED_MAX_CREDENTIAL_BLOB_SIZE.
func sizeLimit(string) int { return 5 * 512 }

// absent believes the library. Windows credentials are open while the user is logged on.
func (v *vault) absent(string) error { return fs.ErrNotExist }

// cleared is called when the library has deleted all. A user without any credential is an error to the system.
func (v *vault) cleared(err error) error {
	if err != nil && !errors.Is(err, windows.ERROR_NOT_FOUND) {
		return v.explain(err)
	}
	return nil
}

func (v *vault) explain(err error) error {
	switch {
	case errors.Is(err, windows.ERROR_NO_SUCH_LOGON_SESSION): // a network logon has no credential store
		return fault.New(fault.KeychainMissing).Because(err)
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return fault.New(fault.KeychainDenied).Because(err)
	}
	return fault.New(fault.KeychainFailed).Because(err)
}
