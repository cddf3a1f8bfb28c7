package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"keyfob/internal/fault"
)

// socket looks at the agent's door by the rules of agent.Listen, and mends nothing.
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

// absent is no reason of a fault: there is nothing to look at.
const absent fault.Reason = "absent"

// strange is why something is not what it should be and ours alone; empty where it is.
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
