package storage

import (
	"errors"
	"io/fs"
	"os/exec"

	"github.com/zalando/go-keyring"

	"keyfob/internal/fault"
)

// sizeLimit is how many bytes a secret may have, so that the library's command to /usr/bin/security, with the secret in
// base64, stays within the 4,096 bytes that the tool reads.
func sizeLimit(key string) int {
	const command = "add-generic-password -U -s " + service + " -a  -w go-keyring-base64:\n"
	return min(3000, (4096-len(command)-len(key))/4*3)
}

// absent believes the system's tool. It has no question that tells a locked keychain without showing the prompt; where
// no prompt can be shown (over SSH) it says so itself.
func (v *vault) absent(string) error { return fs.ErrNotExist }

// cleared is called when the library has deleted all, which it does until the system's tool finds no more.
func (v *vault) cleared(err error) error {
	if err != nil {
		return v.explain(err)
	}
	return nil
}

// explain reads the exit code of /usr/bin/security: the low byte of the system's error.
func (v *vault) explain(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if code, ok := exitFaults[exit.ExitCode()]; ok {
			return fault.New(code).Because(err)
		}
	}
	if errors.Is(err, keyring.ErrUnsupportedPlatform) || errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.KeychainMissing).Because(err)
	}
	return fault.New(fault.KeychainFailed).Because(err)
}

var exitFaults = map[int]fault.Code{
	36:  fault.KeychainLocked,  // errSecInteractionNotAllowed, -25308
	50:  fault.KeychainMissing, // errSecNoSuchKeychain, -25294
	51:  fault.KeychainDenied,  // errSecAuthFailed, -25293
	128: fault.KeychainDenied,  // userCanceledErr, -128
}
