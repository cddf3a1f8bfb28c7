package slots

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
)

// Store keeps byte strings by key. Load and Delete answer fs.ErrNotExist where nothing is kept. A Save that returns nil
// has been read back.
type Store interface {
	Load(ctx context.Context, key string) ([]byte, error)
	Save(ctx context.Context, key string, data []byte) error
	Delete(ctx context.Context, key string) error
}

// Loader is Store.Load, or as good: one that has asked for many keys at once.
type Loader func(ctx context.Context, key string) ([]byte, error)

// Mark tells secrets apart without holding them. The zero Mark is that of no secret.
type Mark [sha256.Size]byte

// MarkOf is the mark of a secret; the zero Mark where it is empty.
func MarkOf(secret string) Mark {
	if secret == "" {
		return Mark{}
	}
	return sha256.Sum256([]byte(secret))
}

// Pair is the two slots of one secret. Its methods must not run at the same time: whoever changes the secret holds a
// lock from the first look to the last write.
type Pair struct {
	store         Store
	first, second string // keys
	mark          func(data []byte) Mark

	// What the slots hold for sure. The zero Mark: unknown, or no secret.
	inFirst, inSecond Mark
	// secondUsed: the second slot is in use, or may be. Nobody has looked, or a write may have happened.
	secondUsed bool
}

// New makes the pair of two keys of a store. mark reads what is kept and tells which secret is in it.
func New(store Store, first, second string, mark func(data []byte) Mark) *Pair {
	return &Pair{store: store, first: first, second: second, mark: mark, secondUsed: true}
}

// Keys are those of both slots, in the order in which Load asks for them.
func (p *Pair) Keys() []string { return []string{p.second, p.first} }

// Holds tells whether one of the slots holds the secret for sure.
func (p *Pair) Holds(m Mark) bool { return m != Mark{} && (m == p.inFirst || m == p.inSecond) }

// CutOff tells whether the second slot may be in use: a Keep was cut off, or nobody has looked.
func (p *Pair) CutOff() bool { return p.secondUsed }

// Load reads both slots; nil is for nothing. What is in second is the newer. An error means that the store did not say
// what one of them holds.
func (p *Pair) Load(ctx context.Context, load Loader) (second, first []byte, err error) {
	if second, err = loaded(ctx, load, p.second); err != nil {
		return nil, nil, err
	}
	p.secondUsed, p.inSecond = second != nil, p.markOf(second)
	if first, err = loaded(ctx, load, p.first); err != nil {
		return nil, nil, err
	}
	p.inFirst = p.markOf(first)
	return second, first, nil
}

func loaded(ctx context.Context, load Loader, key string) ([]byte, error) {
	data, err := load(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case data == nil:
		return []byte{}, nil // kept, and empty
	}
	return data, nil
}

func (p *Pair) markOf(data []byte) Mark {
	if data == nil {
		return Mark{}
	}
	return p.mark(data)
}

// SetAside keeps data in the second slot, unless its secret is there. The first keeps what it holds.
func (p *Pair) SetAside(ctx context.Context, data []byte) error {
	m := p.mark(data)
	if m != (Mark{}) && m == p.inSecond {
		return nil
	}
	p.secondUsed, p.inSecond = true, Mark{} // also after a failure: it may have been written all the same
	if err := p.store.Save(ctx, p.second, data); err != nil {
		return err
	}
	p.inSecond = m
	return nil
}

// Keep makes data what is kept: the first slot holds it, and the second nothing.
func (p *Pair) Keep(ctx context.Context, data []byte) error {
	m := p.mark(data)
	// An older secret in the second slot would outrank the first; and the first may be the only one that holds this.
	if p.secondUsed || m != (Mark{}) && m == p.inFirst {
		if err := p.SetAside(ctx, data); err != nil {
			return err
		}
	}
	p.inFirst = Mark{}
	if err := p.store.Save(ctx, p.first, data); err != nil {
		return err
	}
	p.inFirst = m
	return p.clearSecond(ctx)
}

func (p *Pair) clearSecond(ctx context.Context) error {
	if !p.secondUsed {
		return nil
	}
	p.inSecond = Mark{}
	if err := remove(ctx, p.store, p.second); err != nil {
		return err
	}
	p.secondUsed = false
	return nil
}

// Erase deletes what is kept. The second slot goes first, so that a crash in between leaves the older secret. Where the
// first cannot be deleted, none takes its place, which has no secret in it and is as good.
func (p *Pair) Erase(ctx context.Context, none []byte) error {
	if err := p.clearSecond(ctx); err != nil {
		return err
	}
	p.inFirst = Mark{}
	err := remove(ctx, p.store, p.first)
	if err != nil && p.store.Save(ctx, p.first, none) == nil {
		return nil
	}
	return err
}

func remove(ctx context.Context, s Store, key string) error {
	if err := s.Delete(ctx, key); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
