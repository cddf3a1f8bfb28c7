package storage

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"keyfob/internal/fault"
)

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestWriteFileReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder", "file")
	for _, data := range [][]byte{[]byte("a long first content"), []byte("short"), {}} {
		if err := WriteFile(path, data); err != nil {
			t.Fatal(err)
		}
		if got := mustRead(t, path); !bytes.Equal(got, data) {
			t.Fatalf("got %q, want %q", got, data)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Fatalf("left something behind: %v, %v", entries, err)
	}
}

// The crash between the temporary file and the rename.
func TestF29DeathBeforeTheRenameLeavesTheOldFile(t *testing.T) {
	files := NewFiles(t.TempDir(), ".json")
	path := filepath.Join(files.folder, "a.json")
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	if _, err := writeTemp(files.folder, "a.json", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, path); string(got) != "old" {
		t.Fatalf("got %q", got)
	}
	names, err := files.List(t.Context())
	if err != nil || len(names) != 1 {
		t.Fatalf("the temporary file is taken for one of ours: %v, %v", names, err)
	}
	if err := WriteFile(path, []byte("newer")); err != nil {
		t.Fatal(err)
	}
}

func TestWriteFileThatCannotReplaceLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a-folder-in-the-way")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := WriteFile(path, []byte("x"))
	wantFault(t, err, fault.DiskTrouble)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("left something behind: %v, %v", entries, err)
	}
}
