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
	reason := strange(folder, fs.ModeDir, "it is a link or a file, not a folder")
	if reason == "" {
		folder = path
		reason = strange(path, fs.ModeSocket, "something that is not a socket is in its place")
	}
	switch reason {
	case "":
		return found(OK, path+", for you alone")
	case absent:
		return found(Skipped, absent)
	}
	return failed(fault.New(fault.SocketUnsafe, "path", folder, "reason", reason))
}

const absent = "there is none yet; the agent makes it"

// strange is why something is not what it should be and ours alone; empty where it is.
func strange(path string, kind fs.FileMode, other string) string {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absent
	case err != nil:
		return "it cannot be looked at"
	case info.Mode().Type() != kind:
		return other
	case !ours(info):
		return "it belongs to another user"
	case open(info):
		return "it is open to other users"
	}
	return ""
}
