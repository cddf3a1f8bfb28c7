//go:build unix

package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"keyfob/internal/fault"
)

// secureFolder makes the folder and everything above it that is missing, and leaves it 0700. It returns the mode that
// it found. A folder that others have a refused right to is left as it is: mended, it would be trusted the next time.
// The checks and the change go through one open folder, so that nobody can swap it in between.
func secureFolder(path string, refused fs.FileMode) (was fs.FileMode, err error) {
	if err := makeFolder(path); err != nil {
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
	if info.Mode().Perm()&refused != 0 {
		return 0, unsafeFolder(fault.UnsafeWritable)
	}
	return info.Mode().Perm(), folder.Chmod(folderMode)
}

// makeFolder makes the folder and everything above it that is missing. An administrator who runs Keyfob with another
// user's home makes nothing there: that user could not use it.
func makeFolder(path string) error {
	if os.Geteuid() == 0 && inForeignHands(path) {
		return fault.New(fault.DiskTrouble, "path", path).WithReason(fault.DiskForeignHome)
	}
	return os.MkdirAll(path, folderMode)
}

// inForeignHands tells whether the folder is missing, and the nearest one above it that is there is another user's.
func inForeignHands(path string) bool {
	if _, err := os.Lstat(path); err == nil {
		return false
	}
	for above := filepath.Dir(path); ; above = filepath.Dir(above) {
		if info, err := os.Stat(above); err == nil {
			return !ours(info)
		}
		if above == filepath.Dir(above) {
			return false
		}
	}
}

// linkTarget is where a folder is that a link stands for, as into a person's dotfiles; path itself where it is no link.
// No other user can lead it elsewhere: every link and folder on the way is ours or the system's, and no other user can
// write to one, unless it is sticky.
func linkTarget(path string) (string, error) {
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return path, nil //nolint:nilerr // whether it is there is looked at by whoever opens it
	}
	const mostLinks = 40 // as Linux has it
	return follow(path, mostLinks)
}

func follow(path string, links int) (string, error) {
	at := "/"
	rest := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	for i, name := range rest {
		next := filepath.Join(at, name)
		info, err := os.Lstat(next)
		switch {
		case err != nil:
			return "", err
		case !ours(info) && ownerOf(info) != 0:
			return "", unsafeFolder(fault.UnsafeForeign)
		case info.Mode()&fs.ModeSymlink != 0 && links == 0:
			return "", unsafeFolder(fault.UnsafeNoFolder)
		case info.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(next)
			if err != nil {
				return "", err
			}
			if !filepath.IsAbs(to) {
				to = filepath.Join(at, to)
			}
			return follow(filepath.Join(append([]string{to}, rest[i+1:]...)...), links-1)
		case i < len(rest)-1 && info.Mode().Perm()&writable != 0 && info.Mode()&fs.ModeSticky == 0:
			return "", unsafeFolder(fault.UnsafeWritable)
		}
		at = next
	}
	return at, nil
}

// ours tells whether the current user owns it.
func ours(info fs.FileInfo) bool { return ownerOf(info) == os.Geteuid() }

// ownerOf is the id of the user who owns it.
func ownerOf(info fs.FileInfo) int {
	const nobody = -1
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return nobody
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
