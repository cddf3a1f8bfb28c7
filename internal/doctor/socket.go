package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"keyfob/internal/fault"
	"keyfob/storage"
)

// socket checks the agent's socket by the rules of the local API, and repairs nothing.
func (d *doctor) socket(context.Context) *Check {
	path := d.socketPath()
	folder := filepath.Dir(path)
	reason, err := storage.Strange(folder, fs.ModeDir)
	if reason == "" {
		folder = path
		reason, err = storage.Strange(path, fs.ModeSocket)
	}
	switch {
	case reason == "":
		return found(OK, "doctor.socket.ok", "path", path)
	case errors.Is(err, fs.ErrNotExist):
		return found(Skipped, "doctor.socket.none")
	}
	return failed(fault.New(fault.SocketUnsafe, "path", folder).WithReason(reason))
}
