package storage

import (
	"io/fs"
	"os"

	"keyfob/internal/fault"
)

// folderMode and fileMode are the modes of everything that Keyfob makes.
const (
	folderMode fs.FileMode = 0o700
	fileMode   fs.FileMode = 0o600
	loose      fs.FileMode = 0o077 // what others must not have
	writable   fs.FileMode = 0o022 // by others
)

// unsafeFolder is why a folder cannot be used.
type unsafeFolder fault.Reason

func (u unsafeFolder) Error() string { return string(u) }

// Ensure makes the places, for the current user alone: whatever lies in them, nobody else gets at it from then on. Modes
// that are too loose are mended and returned as paths, so that they can be reported. A place that is a link, no folder,
// or another user's is refused: SocketUnsafe for the socket's folder, DiskTrouble for the others. The socket's folder is
// also refused when others could write to it, because what lies in it may be theirs; SocketTooLong where no socket could
// have its path. Folders for settings and state that are not there and cannot be made, as in a read-only home, are no
// error: Keyfob works without them, and says what it could not keep when it could not keep it.
func (p Places) Ensure() (repaired []string, err error) {
	if err := CheckSocketPath(p.Socket()); err != nil {
		return nil, err
	}
	mended, err := MakeSocketFolder(p.Runtime)
	if err != nil {
		return repaired, err
	}
	if mended {
		repaired = append(repaired, p.Runtime)
	}
	for _, folder := range []string{p.Config, p.State} {
		was, err := secureFolder(folder)
		if err != nil && present(folder) {
			return repaired, diskTrouble(folder, err)
		}
		if err == nil && was != folderMode {
			repaired = append(repaired, folder)
		}
	}
	return repaired, nil
}

// Mend takes away what others may do with what lies in the places, and returns what it mended. It takes the longer the
// more there is, and nothing need wait for it that Ensure has returned before. The error is fault.DiskTrouble.
func (p Places) Mend() (repaired []string, err error) {
	for _, folder := range []string{p.Config, p.State} {
		if err := tightenInside(folder, &repaired); err != nil && present(folder) {
			return repaired, diskTrouble(folder, err)
		}
	}
	return repaired, nil
}

func present(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
