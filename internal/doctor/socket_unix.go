//go:build unix

package doctor

import (
	"io/fs"
	"os"
	"syscall"
)

// ours tells whether the current user owns a file.
func ours(info fs.FileInfo) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && int(stat.Uid) == os.Geteuid()
}

// open tells whether other users can do anything with a file.
func open(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
