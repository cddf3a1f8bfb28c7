package storage

import (
	"bytes"
	"context"
	"io/fs"
	"sync"
)

// Memory keeps byte strings until the process ends: the choice of a person who has no keychain.
type Memory struct {
	mu   sync.Mutex
	kept map[string][]byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory { return &Memory{kept: make(map[string][]byte)} }

// Load returns a copy of what is kept under the key, or fs.ErrNotExist.
func (m *Memory) Load(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.kept[key]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(data), nil
}

// Save keeps a copy of data under the key.
func (m *Memory) Save(ctx context.Context, key string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[key] = bytes.Clone(data)
	return nil
}

// Delete forgets the key, and overwrites what was kept; fs.ErrNotExist where nothing was.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.kept[key]
	if !ok {
		return fs.ErrNotExist
	}
	clear(data)
	delete(m.kept, key)
	return nil
}
