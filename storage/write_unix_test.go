//go:build unix

package storage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"keyfob/internal/fault"
)

func init() {
	modes["write-on-full-disk"] = writeOnFullDisk
	modes["write-and-show-modes"] = writeUnderOpenUmask
}

// self makes a command of this test binary.
func self(args ...string) *exec.Cmd { return exec.Command(os.Args[0], args...) }

func TestF29KilledWriterLeavesWholeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for round := range 10 {
		writer := self("write-for-ever", path)
		output, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(output).ReadString('\n')
		if err != nil || line != "started\n" {
			t.Fatal(line, err)
		}
		for range round * 7 { // each round a little later
			_ = mustRead(t, path)
		}
		_ = writer.Process.Kill()
		_ = writer.Wait()
		got := mustRead(t, path)
		if len(got) == 0 || !bytes.Equal(got, letters(got[0])) {
			t.Fatalf("half a file of %d bytes", len(got))
		}
	}
}

// writeOnFullDisk writes with no byte of room, which RLIMIT_FSIZE simulates: the write itself fails.
func writeOnFullDisk(path string) {
	err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 10, Max: 10})
	if err == nil {
		err = WriteFile(path, []byte("more than ten bytes"))
	}
	fmt.Print(fault.CodeOf(err))
	os.Exit(0)
}

func TestF27FullDiskKeepsTheLastGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := WriteFile(path, []byte("the last good content")); err != nil {
		t.Fatal(err)
	}
	output, err := self("write-on-full-disk", path).Output()
	if err != nil || string(output) != string(fault.DiskTrouble) {
		t.Fatalf("got %q, %v", output, err)
	}
	if got := mustRead(t, path); string(got) != "the last good content" {
		t.Fatalf("got %q", got)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Fatalf("left something behind: %v, %v", entries, err)
	}
}

// writeUnderOpenUmask makes everything that this room makes while the umask takes nothing away.
func writeUnderOpenUmask(dir string) {
	syscall.Umask(0)
	p := Places{Config: dir + "/c", State: dir + "/s", Runtime: dir + "/r"}
	repaired, err := p.Ensure()
	_, lockErr := Acquire(p.Lock(), Holder{PID: 1})
	err = errors.Join(err, lockErr, WriteFile(filepath.Join(p.Profiles(), "a.json"), nil))
	inside, mendErr := p.Mend()
	fmt.Print(append(repaired, inside...), errors.Join(err, mendErr))
	os.Exit(0)
}

func TestA67EverythingIsPrivateUnderUmask000(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet", "there")
	output, err := self("write-and-show-modes", dir).Output()
	if err != nil || string(output) != "[] <nil>" {
		t.Fatalf("got %q, %v", output, err)
	}
	count := 0
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		count++
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %o", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil || count != 8 {
		t.Fatalf("saw %d, %v", count, err)
	}
}

func TestF27ReadOnlyFolder(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "none", "file")
	if err := os.WriteFile(filepath.Join(dir, "none"), nil, 0o600); err != nil { // in the way: root ignores modes
		t.Fatal(err)
	}
	wantFault(t, WriteFile(target, []byte("x")), fault.DiskTrouble)
	_, err := Acquire(target, Holder{})
	wantFault(t, err, fault.DiskTrouble)
}

// A pipe in the folder must not hang a reader.
func TestFilesRefuseAPipe(t *testing.T) {
	files := NewFiles(t.TempDir(), ".json")
	if err := syscall.Mkfifo(filepath.Join(files.folder, "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := files.Load(t.Context(), "pipe")
		done <- err
	}()
	select {
	case err := <-done:
		wantFault(t, err, fault.DiskTrouble)
	case <-time.After(10 * time.Second):
		t.Fatal("hangs")
	}
}
