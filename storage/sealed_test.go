package storage

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyfob/internal/fault"
)

// pocket is a keychain for a test: small, and perhaps broken.
type pocket struct {
	*Memory
	full error // what Save answers after it has kept the entry
}

func (p *pocket) Probe(context.Context) error { return nil }

func (p *pocket) LoadMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	found := map[string][]byte{}
	for _, key := range keys {
		if data, err := p.Load(ctx, key); err == nil {
			found[key] = data
		}
	}
	return found, nil
}

func (p *pocket) Save(ctx context.Context, key string, data []byte) error {
	if len(data) > 150 {
		return fault.New(fault.SecretTooLarge)
	}
	return errors.Join(p.Memory.Save(ctx, key, data), p.full)
}

func newSealed(t *testing.T) (*Sealed, *pocket) {
	p := &pocket{Memory: NewMemory()}
	return &Sealed{p, filepath.Join(t.TempDir(), "sealed"), func(string) int { return 100 }}, p
}

// files are the names in the folder, which need not be there.
func (s *Sealed) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func wantKept(t *testing.T, s *Sealed, key string, want []byte) {
	t.Helper()
	if got, err := s.Load(t.Context(), key); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes, %v; want %d bytes", key, len(got), err, len(want))
	}
}

func save(t *testing.T, s *Sealed, key string, data []byte) {
	t.Helper()
	if err := s.Save(t.Context(), key, data); err != nil {
		t.Fatal(err)
	}
}

func TestF15WhatIsTooLargeForTheKeychainIsSealed(t *testing.T) {
	s, under := newSealed(t)
	small, large := []byte("small"), bytes.Repeat([]byte("canary "), 1000)

	save(t, s, "session/a", small)
	wantKept(t, s, "session/a", small)
	if got := s.files(t); len(got) != 0 {
		t.Errorf("a small secret made %q", got)
	}

	save(t, s, "session/a", large)
	save(t, s, "session/a/next", large)
	save(t, s, "session/b", []byte(sealedMark+"a secret that looks like a mark"))
	wantKept(t, s, "session/a", large)
	wantKept(t, s, "session/b", []byte(sealedMark+"a secret that looks like a mark"))
	if got := s.files(t); len(got) != 3 {
		t.Errorf("files: %q", got)
	}
	many, err := s.LoadMany(t.Context(), []string{"session/a", "session/none", "session/b"})
	if err != nil || len(many) != 2 || !bytes.Equal(many["session/a"], large) ||
		!bytes.HasPrefix(many["session/b"], []byte(sealedMark)) {
		t.Errorf("many: %d, %v", len(many), err)
	}
	for _, name := range s.files(t) {
		if data := mustRead(t, filepath.Join(s.folder, name)); bytes.Contains(data, []byte("canary")) {
			t.Errorf("%s holds the secret in the clear", name)
		}
	}
	if entry, _ := under.Load(t.Context(), "session/a"); bytes.Contains(entry, []byte("canary")) {
		t.Error("the entry holds the secret")
	}

	save(t, s, "session/a", large[7:])
	wantKept(t, s, "session/a", large[7:])
	wantKept(t, s, "session/a/next", large)
	if got := s.files(t); len(got) != 3 {
		t.Errorf("the old file was left: %q", got)
	}
	save(t, s, "session/a", small)
	if err := s.Delete(t.Context(), "session/b"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "session/a/next"); err != nil {
		t.Fatal(err)
	}
	if got := s.files(t); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
	wantFault(t, s.Save(t.Context(), "session/a", make([]byte, sealedMost+1)), fault.SecretTooLarge)
	wantKept(t, s, "session/a", small)
}

// TestF26ASealedSecretIsSwitchedAtOnce: whatever fails in a Save, one of the two secrets is there, whole.
func TestF26ASealedSecretIsSwitchedAtOnce(t *testing.T) {
	s, under := newSealed(t)
	first, second := bytes.Repeat([]byte("1"), 1000), bytes.Repeat([]byte("2"), 1000)
	save(t, s, "session/a", first)

	// The entry was never written: killed before, or refused.
	if _, _, err := s.seal("session/a", second); err != nil {
		t.Fatal(err)
	}
	wantKept(t, s, "session/a", first)

	// The entry was written, though the keychain did not say so in time.
	under.full = fault.New(fault.KeychainSlow)
	wantFault(t, s.Save(t.Context(), "session/a", second), fault.KeychainSlow)
	wantKept(t, s, "session/a", second)

	under.full = nil
	save(t, s, "session/a", first)
	if got := s.files(t); len(got) != 1 {
		t.Errorf("what the two left was not swept: %q", got)
	}
}

func TestF18ASealedFileThatIsNotWhatItWas(t *testing.T) {
	large := bytes.Repeat([]byte("x"), 1000)
	for name, spoil := range map[string]func(path string) error{
		"deleted":   os.Remove,
		"emptied":   func(path string) error { return os.Truncate(path, 0) },
		"cut off":   func(path string) error { return os.Truncate(path, 500) },
		"exchanged": func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("y"), 1040), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newSealed(t)
			save(t, s, "session/a", large)
			if err := spoil(filepath.Join(s.folder, s.files(t)[0])); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Load(t.Context(), "session/a"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v", err)
			}
			save(t, s, "session/a", large)
			wantKept(t, s, "session/a", large)
		})
	}
}

// TestSealedEntriesLeadNowhereElse: an entry that another program has made must not have us read other files, nor one
// account's secret pass for another's.
func TestSealedEntriesLeadNowhereElse(t *testing.T) {
	s, under := newSealed(t)
	large := bytes.Repeat([]byte("x"), 1000)
	save(t, s, "session/a", large)
	mark, err := under.Load(t.Context(), "session/a")
	if err != nil {
		t.Fatal(err)
	}
	file := s.files(t)[0]
	for name, entry := range map[string]string{
		"another's":        string(mark),
		"a path":           strings.Replace(string(mark), file, "../"+file, 1),
		"a path, prefixed": strings.Replace(string(mark), file, sealedPrefix("session/b")+"/../"+file, 1),
		"no key":           sealedMark + file,
		"a short key":      sealedMark + file + ":AAAA",
		"nothing":          sealedMark,
	} {
		if err := under.Save(t.Context(), "session/b", []byte(entry)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Load(t.Context(), "session/b"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestF27NoRoomForASealedFile(t *testing.T) {
	s, _ := newSealed(t)
	small, large := []byte("small"), bytes.Repeat([]byte("x"), 1000)
	save(t, s, "session/a", small)
	if err := os.WriteFile(s.folder, nil, 0o600); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	wantFault(t, s.Save(t.Context(), "session/a", large), fault.DiskTrouble)
	wantKept(t, s, "session/a", small)
}
