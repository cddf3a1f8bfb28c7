//go:build unix

package profile

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestA40OnlyAFileIsRead: nobody writes to the pipe, so that opening it would wait for ever.
func TestA40OnlyAFileIsRead(t *testing.T) {
	dir := t.TempDir()
	pipe, link, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "link.json"), filepath.Join(dir, "s")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink(pipe, link)); err != nil {
		t.Fatal(err)
	}
	var config net.ListenConfig
	if l, err := config.Listen(t.Context(), "unix", socket); err == nil { // where the name is not too long for one
		defer l.Close()
	}
	for _, path := range []string{dir, pipe, link, socket, "/dev/zero", "/dev/tty"} {
		data, err := ReadFile(path)
		if (!onlyAbout(err, "the file") && !errors.Is(err, fs.ErrNotExist)) || len(data) > 0 {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
	}
	if _, err := ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	good := filepath.Join(dir, "good.json")
	if err := os.WriteFile(good, []byte(full+strings.Repeat(" ", 2*MaxBytes)), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(good); err != nil || len(data) != MaxBytes+1 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
