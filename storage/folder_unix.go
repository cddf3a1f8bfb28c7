//go:build unix

package storage

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// secureFolder makes the folder and everything above it that is missing, and leaves it 0700. It returns the mode that
// it found. The checks and the change go through one open folder, so that nobody can swap it in between.
func secureFolder(path string) (was fs.FileMode, err error) {
	if err := os.MkdirAll(path, folderMode); err != nil {
		return 0, err
	}
	folder, err := os.OpenFile(path, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		return 0, unsafeFolder("it is a link")
	}
	if err != nil {
		return 0, err
	}
	defer folder.Close()
	info, err := folder.Stat()
	if err != nil {
		return 0, err
	}
	if !ours(info) {
		return 0, unsafeFolder("it belongs to another user")
	}
	if info.Mode().Perm() == folderMode {
		return folderMode, nil
	}
	return info.Mode().Perm(), folder.Chmod(folderMode)
}

// ours tells whether the current user owns it.
func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// looseMode tells whether others may do anything with it.
func looseMode(info fs.FileInfo) bool { return info.Mode().Perm()&loose != 0 }
