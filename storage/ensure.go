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

// Ensure makes the folders, for the current user alone. Modes that are too loose are mended; the paths of those folders
// are returned, so that they can be reported.
//
// A folder that is a link, a file or another user's is refused: the socket's folder with fault.SocketUnsafe, the others
// with fault.DiskTrouble. The settings may be a link that nobody else can lead elsewhere. The socket's folder is also
// refused, and not mended, if other users could write to it, because what lies in it may be theirs. A path that is too
// long for a socket is fault.SocketTooLong. An administrator with another user's home is fault.DiskTrouble.
//
// If the folders for settings and state are missing and cannot be made, as in a read-only home, that is no error:
// Keyfob works without them, and says what it cannot save when it happens.
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
		was, err := p.secure(folder)
		if err != nil && (present(folder) || fault.Of(err).Reason == fault.DiskForeignHome) {
			return repaired, diskTrouble(folder, err)
		}
		if err == nil && was != folderMode {
			repaired = append(repaired, folder)
		}
	}
	return repaired, nil
}

// secure is secureFolder for the settings and the state.
func (p Places) secure(folder string) (was fs.FileMode, err error) {
	if folder == p.Config {
		if folder, err = linkTarget(folder); err != nil {
			return 0, err
		}
	}
	return secureFolder(folder, 0)
}

// Mend takes away other users' rights to what lies in the folders, and returns the paths that it changed. It takes
// longer the more files there are. Nothing needs to wait for it once Ensure has returned. The error is
// fault.DiskTrouble.
func (p Places) Mend() (repaired []string, err error) {
	config, err := linkTarget(p.Config)
	if err != nil {
		return nil, diskTrouble(p.Config, err)
	}
	for _, folder := range []string{config, p.State} {
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
