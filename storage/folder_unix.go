//go:build unix

package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"keyfob/internal/fault"
)

// secureFolder makes the folder and everything above it that is missing, and leaves it 0700. It returns the mode that
// it found. The checks and the change go through one open folder, so that nobody can swap it in between.
func secureFolder(path string) (was fs.FileMode, err error) {
	if err := os.MkdirAll(path, folderMode); err != nil {
		return 0, err
	}
	folder, err := os.OpenFile(path, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		return 0, unsafeFolder(fault.UnsafeNoFolder)
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
		return 0, unsafeFolder(fault.UnsafeForeign)
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

// openToOthers tells whether others may do anything with it.
func openToOthers(info fs.FileInfo) bool { return info.Mode().Perm()&loose != 0 }

// restrict has nothing to do: modes say it all.
func restrict(string) error { return nil }

// tightenInside takes away what others may do with what lies in a folder. Links are left alone: their targets may not
// be ours to change. A thousand profiles are looked at before the first caller has an answer, so that this asks for
// each name once, through the open folder, and keeps nothing.
func tightenInside(path string, repaired *[]string) error {
	folder, err := os.OpenFile(path, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := tighten(folder, name, repaired); err != nil {
			return err
		}
	}
	return nil
}

// tighten is tightenInside for one name in the folder.
func tighten(folder *os.File, name string, repaired *[]string) error {
	var found unix.Stat_t
	err := unix.Fstatat(int(folder.Fd()), name, &found, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, fs.ErrNotExist) { // a temporary file that has just been renamed
		return nil
	}
	if err != nil {
		return err
	}
	kind, mode := found.Mode&unix.S_IFMT, fs.FileMode(found.Mode).Perm()
	if kind == unix.S_IFREG && mode&loose == 0 || kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return nil
	}
	path := filepath.Join(folder.Name(), name)
	if mode&loose != 0 {
		if err := os.Chmod(path, mode&^loose); err != nil {
			return err
		}
		*repaired = append(*repaired, path)
	}
	if kind == unix.S_IFDIR {
		return tightenInside(path, repaired)
	}
	return nil
}
