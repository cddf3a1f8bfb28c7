package session

import (
	"context"

	"keyfob/internal/account"
)

// Most accounts are read many at a time, and when it is known that the keychain can be used. Whoever asks for one waits
// for none of that.

// readSoon has an account that somebody waits for read out of turn. Reading need not wait until it is known that the
// keychain can be written: with a thousand sessions in it that takes longer than all the rest.
func (k *Keeper) readSoon(e *entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.awaited || !e.unread {
		return
	}
	e.awaited = true
	if k.keychain.State == account.KeychainReady || k.keychain.State == account.KeychainChecking {
		k.readFirst(e)
	}
}

// readFirst reads an account out of turn. k.mu is held.
func (k *Keeper) readFirst(e *entry) {
	k.startLocked(func() {
		if k.urgent.enter(k.ctx) != nil {
			return
		}
		defer k.urgent.leave()
		k.read(k.ctx, e, 1, k.alone(e))
	})
}

// alone asks the keychain for both slots of an account at once, when the first is asked for.
func (k *Keeper) alone(e *entry) loader {
	var load loader
	return func(ctx context.Context, slot string) ([]byte, error) {
		if load == nil {
			load = k.ahead(ctx, []*entry{e})
		}
		return load(ctx, slot)
	}
}
