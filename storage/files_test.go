package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/fault"
)

func TestFilesKeepByName(t *testing.T) {
	ctx := t.Context()
	files := NewFiles(filepath.Join(t.TempDir(), "profiles"), ".json")
	if names, err := files.List(ctx); err != nil || len(names) != 0 {
		t.Fatalf("a missing folder: %v, %v", names, err)
	}
	for _, name := range []string{"b", "a.b-c_d", "a"} {
		if err := files.Save(ctx, name, []byte("content of "+name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, stranger := range []string{"readme.txt", ".hidden.json", ".json"} {
		if err := os.WriteFile(filepath.Join(files.folder, stranger), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(files.folder, "folder.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	names, err := files.List(ctx)
	if want := []string{"a", "a.b-c_d", "b"}; err != nil || !slices.Equal(names, want) {
		t.Fatalf("got %v, %v, want %v", names, err, want)
	}
	data, err := files.Load(ctx, "a.b-c_d")
	if err != nil || string(data) != "content of a.b-c_d" {
		t.Fatalf("got %q, %v", data, err)
	}
}

func TestFilesForget(t *testing.T) {
	ctx := t.Context()
	files := NewFiles(t.TempDir(), ".json")
	if err := files.Save(ctx, "a", nil); err != nil {
		t.Fatal(err)
	}
	if err := files.Delete(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if err := files.Delete(ctx, "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	if _, err := files.Load(ctx, "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

func TestFilesStayInTheirFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "out.json"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := NewFiles(filepath.Join(dir, "in"), ".json")
	for _, name := range []string{"", ".", "..", "../out", `..\out`, "/etc/passwd", "a/b", "c:a", ".a", "a\x00b"} {
		_, err := files.Load(t.Context(), name)
		wantFault(t, err, fault.DiskTrouble)
		wantFault(t, files.Save(t.Context(), name, nil), fault.DiskTrouble)
		wantFault(t, files.Delete(t.Context(), name), fault.DiskTrouble)
	}
}

func TestFilesRefuseTheHuge(t *testing.T) {
	files := NewFiles(t.TempDir(), ".json")
	if err := files.Save(t.Context(), "a", []byte(strings.Repeat("x", maxFile+1))); err != nil {
		t.Fatal(err)
	}
	_, err := files.Load(t.Context(), "a")
	wantFault(t, err, fault.DiskTrouble)
}

// store is what Files, Memory and Keychain have in common.
type store interface {
	Load(ctx context.Context, key string) ([]byte, error)
	Save(ctx context.Context, key string, data []byte) error
	Delete(ctx context.Context, key string) error
}

func TestStoresObeyTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	files := NewFiles(t.TempDir(), ".json")
	for name, s := range map[string]store{"files": files, "memory": NewMemory()} {
		if err := s.Save(ctx, "a", nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Save: %v", name, err)
		}
		if _, err := s.Load(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Load: %v", name, err)
		}
		if err := s.Delete(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Delete: %v", name, err)
		}
	}
	if _, err := files.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("List: %v", err)
	}
}

func TestMemoryKeepsCopies(t *testing.T) {
	ctx := t.Context()
	m := NewMemory()
	data := []byte("abc")
	if err := m.Save(ctx, "k", data); err != nil {
		t.Fatal(err)
	}
	data[0] = 'X'
	got, err := m.Load(ctx, "k")
	if err != nil || string(got) != "abc" {
		t.Fatalf("got %q, %v", got, err)
	}
	got[0] = 'Y'
	if again, _ := m.Load(ctx, "k"); string(again) != "abc" {
		t.Fatalf("a reader changed what is kept: %q", again)
	}
	if err := m.Delete(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Load(ctx, "k"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	if err := m.Delete(ctx, "k"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}
