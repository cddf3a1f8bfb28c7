package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxFile is how much Load reads, in bytes: far above any profile, far below what would hurt.
const maxFile = 1 << 20

// Files keeps byte strings by name, one file each, in one folder.
type Files struct{ folder, suffix string }

// NewFiles returns the files of that folder whose names end in suffix, as in ".json". The folder need not exist.
func NewFiles(folder, suffix string) *Files { return &Files{folder, suffix} }

// List returns the names that are kept, sorted, without the suffix. A folder that does not exist holds none.
func (f *Files) List(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(f.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, diskTrouble(f.folder, err)
	}
	var names []string
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), f.suffix)
		if ok && name != "" && !strings.HasPrefix(name, ".") && !entry.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Load returns what is kept under the name: fs.ErrNotExist where nothing is, else fault.DiskTrouble.
func (f *Files) Load(ctx context.Context, name string) ([]byte, error) {
	path, err := f.path(ctx, name)
	if err != nil {
		return nil, err
	}
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, diskTrouble(path, err)
	}
	return data, nil
}

// Save keeps data under the name, as WriteFile does.
func (f *Files) Save(ctx context.Context, name string, data []byte) error {
	path, err := f.path(ctx, name)
	if err != nil {
		return err
	}
	return WriteFile(path, data)
}

// Delete forgets the name: fs.ErrNotExist where nothing is kept under it, else fault.DiskTrouble.
func (f *Files) Delete(ctx context.Context, name string) error {
	path, err := f.path(ctx, name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		return err
	} else if err != nil {
		return diskTrouble(path, err)
	}
	return f.synced()
}

func (f *Files) synced() error {
	if err := syncFolder(f.folder); err != nil {
		return diskTrouble(f.folder, err)
	}
	return nil
}

// path refuses names that would lead out of the folder, or that Windows keeps for devices.
func (f *Files) path(ctx context.Context, name string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	file := name + f.suffix
	if name == "" || name[0] == '.' || strings.ContainsAny(name, `/\:`) || !filepath.IsLocal(file) {
		return "", diskTrouble(f.folder, fmt.Errorf("%q cannot be the name of a file: %w", name, fs.ErrInvalid))
	}
	return filepath.Join(f.folder, file), nil
}

// readFile reads a file of reasonable size. Anything else, such as a pipe that would never end, is an error.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("not a plain file of at most %d bytes: %w", maxFile, fs.ErrInvalid)
	}
	return os.ReadFile(path)
}
