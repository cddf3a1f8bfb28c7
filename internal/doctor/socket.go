package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"keyfob/internal/fault"
)

// socket checks the agent's socket by the rules of the local API, and repairs nothing.
func (d *doctor) socket(context.Context) *Check {
	path := d.door()
	folder := filepath.Dir(path)
	reason := strange(folder, fs.ModeDir, fault.UnsafeNoFolder)
	if reason == "" {
		folder = path
		reason = strange(path, fs.ModeSocket, fault.UnsafeNoSocket)
	}
	switch reason {
	case "":
		return found(OK, "doctor.socket.ok", "path", path)
	case absent:
		return found(Skipped, "doctor.socket.none")
	}
	return failed(fault.New(fault.SocketUnsafe, "path", folder).WithReason(reason))
}

// absent tells that there is nothing to check. It is no reason of a fault.
const absent fault.Reason = "absent"

// strange returns what is wrong with a file that must be of a kind and only ours; empty where nothing is.
func strange(path string, kind fs.FileMode, other fault.Reason) fault.Reason {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absent
	case err != nil:
		return fault.UnsafeHidden
	case info.Mode().Type() != kind:
		return other
	case !ours(info):
		return fault.UnsafeForeign
	case open(info):
		return fault.UnsafeOpen
	}
	return ""
}
