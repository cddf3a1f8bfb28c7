//go:build unix

package doctor

import (
	"io/fs"
	"os"
	"syscall"
)

// ours tells whether the current user owns it.
func ours(info fs.FileInfo) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && int(stat.Uid) == os.Geteuid()
}

// open tells whether others may do anything with it.
func open(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
