package session

import (
	"context"
	"time"

	"keyfob/internal/fault"
)

// firstLook asks the keychain what is stored, while everything else is running already.
func (k *Keeper) firstLook(ctx context.Context) {
	if !k.keychain.MemoryOnly() {
		_ = k.look(ctx)
		return
	}
	if k.Known(ctx) == nil {
		k.nothingStored()
	}
}

// look asks the keychain whether it can be used, and reads what could not be read before. The error is the keychain's
// fault. Nothing happens where a person chose to do without.
func (k *Keeper) look(ctx context.Context) error {
	if err := k.looking.Acquire(ctx); err != nil {
		return err
	}
	defer k.looking.Release()
	if k.keychain.MemoryOnly() {
		return nil
	}
	return k.lookAnyway(ctx)
}

// lookAnyway stands in nobody's way: while profiles are opened there may be callers who wait for one of them.
func (k *Keeper) lookAnyway(ctx context.Context) error {
	if err := k.Known(ctx); err != nil {
		return err
	}
	err := k.keychain.Probe(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	k.looked(err)
	if err != nil {
		return err
	}
	k.readAll(ctx, k.unread())
	return k.keychain.ReadWell()
}

// looked has everything follow from what the keychain has told: err is why it cannot be used.
func (k *Keeper) looked(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	memoryOnly := k.keychain.MemoryOnly()
	k.keychain.Looked(err)
	switch {
	case err == nil:
		k.keychainWorksLocked(memoryOnly)
	case !memoryOnly:
		k.keychainFailsLocked(fault.Of(err))
	}
}

func (k *Keeper) keychainFailsLocked(why *fault.Error) {
	for _, e := range k.entries {
		if e.unread {
			e.cannotReadLocked(why)
		}
	}
}

// keychainWorksLocked has everything read of which nothing is known, and written what could not be before.
func (k *Keeper) keychainWorksLocked(memoryOnly bool) {
	for _, e := range k.entries {
		something, _ := e.holding.heldLocked()
		e.unread = e.unread || memoryOnly && !something && e.broken == nil
		if e.unread && e.awaited {
			k.readFirst(e)
		}
	}
	for _, e := range k.order {
		if something, stored := e.holding.heldLocked(); e.dirty || something && !stored {
			e.soilLocked(k.now())
		}
	}
	k.changed()
}

// hurryLocked has the keychain asked sooner for an account of which it did not tell yet.
func (k *Keeper) hurryLocked(e *entry, now time.Time) {
	if e.unread && k.keychain.Hurry(now) {
		k.nudge()
	}
}

// nothingStored settles all accounts of which the keychain will not be asked.
func (k *Keeper) nothingStored() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.order {
		if e.unread {
			e.foundNothingLocked(nil)
		}
	}
	k.changed()
}

// RetryKeychain looks into the keychain again; the keychain may ask the person to unlock it. Where sessions were kept
// in memory only they move into it. The error is the keychain's fault.
func (k *Keeper) RetryKeychain(ctx context.Context) error {
	if err := k.Known(ctx); err != nil {
		return err
	}
	return k.tasks.Do(ctx, func(late context.Context) error {
		if err := k.looking.Acquire(late); err != nil {
			return err
		}
		defer k.looking.Release()
		return k.lookAnyway(k.options.Interactive(late))
	})
}

// UseMemoryOnly is a person's choice to do without the keychain until Keyfob ends. It is refused where the keychain
// works: what is stored there would grow old, and an old refresh token costs the sign-in.
func (k *Keeper) UseMemoryOnly(ctx context.Context) error {
	if err := k.Known(ctx); err != nil {
		return err
	}
	if err := k.tasks.Wait(ctx, k.keychain.Probed()); err != nil {
		return err
	}
	if err := k.looking.Acquire(ctx); err != nil {
		return err
	}
	defer k.looking.Release()
	if !k.forgoKeychain() {
		return fault.New(fault.BadUsage).WithReason(fault.KeychainWorks)
	}
	k.nothingStored()
	return nil
}

func (k *Keeper) forgoKeychain() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.keychain.Forgo() {
		return false
	}
	for _, e := range k.order {
		e.holding.movedLocked(k.now())
	}
	return true
}
