package session

import (
	"context"
	"slices"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/slots"
)

// A write that failed is tried again after so long, more and more seldom.
const resaveFirst, resaveMost = 10 * time.Second, 10 * time.Minute

// What an account and its stored copy have to do with each other, whatever is held, follows.

// soilLocked: the store does not hold what memory holds; it is written soon.
func (e *entry) soilLocked(now time.Time) {
	e.dirty = true
	e.resave.Set(now, 0)
}

// wroteLocked notes whether the store holds now what memory holds. The account's write lock is held.
func (e *entry) wroteLocked(err error) {
	e.holding.storedLocked(err)
	e.dirty = err != nil
	if err == nil {
		e.unsaved = 0
		e.resave.Stop()
		return
	}
	e.core.log.Warn("not written", "id", e.id, "code", fault.CodeOf(err))
	e.resave.Set(e.core.now(), e.core.backoff(e.unsaved, resaveFirst, resaveMost))
	e.unsaved++
}

// wrote is wroteLocked, for all to see.
func (e *entry) wrote(err error) {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	e.wroteLocked(err)
	e.core.changed()
}

// resaveDueLocked begins a write where one is due, or tells how long that is off.
func (e *entry) resaveDueLocked(now time.Time) time.Duration {
	if wait := e.resave.Remaining(now); wait > 0 {
		return wait
	}
	e.resave.Stop()
	e.core.tasks.Start(func() { e.writeAgain(e.core.tasks.Late()) })
	return clock.Forever
}

// writeAgain writes once more what could not be written.
func (e *entry) writeAgain(ctx context.Context) {
	if e.writing.Acquire(ctx) != nil {
		return
	}
	defer e.writing.Release()
	if e.isDirty() {
		e.save(ctx)
	}
}

// save makes the store hold what memory holds, and notes what came of it. The account's write lock is held.
func (e *entry) save(ctx context.Context) {
	err := e.eraseStale(ctx)
	if err == nil {
		err = e.holdingNow().store(ctx)
	}
	e.wrote(err)
}

// isDirty tells whether something is to be written. An account that has gone may have come back as another entry.
func (e *entry) isDirty() bool {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	return e.dirty && !e.gone
}

// eraseAll deletes what is stored, where it would be stored now and where it was before. The account's write lock is
// held.
func (e *entry) eraseAll(ctx context.Context, h holding) error {
	if err := h.erase(ctx); err != nil {
		return err
	}
	return e.eraseLeftover(ctx, h)
}

// eraseLeftover removes what the keychain holds from before a person chose memory only.
func (e *entry) eraseLeftover(ctx context.Context, h holding) error {
	e.core.mu.Lock()
	leftover := e.leftover
	e.core.mu.Unlock()
	if !leftover {
		return nil
	}
	for _, key := range h.keys() {
		if err := e.core.keychain.DeleteFromSystem(ctx, key); err != nil {
			return err
		}
	}
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	e.leftover = false
	return nil
}

// eraseStale removes what the kind of account before has left behind.
func (e *entry) eraseStale(ctx context.Context) error {
	for _, key := range e.stale {
		if err := e.core.keychain.Delete(ctx, key); err != nil {
			return err
		}
	}
	e.stale = nil
	return nil
}

// read asks for what is stored of the account, of many that are read at once.
func (e *entry) read(ctx context.Context, load slots.Loader, many int) {
	if e.writing.Acquire(ctx) != nil {
		return
	}
	defer e.writing.Release()
	e.readHere(ctx, load, many)
}

// readHere is read for whoever has the account's write lock.
func (e *entry) readHere(ctx context.Context, load slots.Loader, many int) {
	if e.isUnread() {
		e.holdingNow().read(ctx, load, many)
	}
}

// couldReadLocked sees to an err of the store while the account is read. It tells whether there is more to do. It is
// too late where Keyfob ends, or somebody chose to do without the keychain.
func (e *entry) couldReadLocked(ctx context.Context, err error) bool {
	switch {
	case ctx.Err() != nil || !e.unread:
		return false
	case err == nil:
		return true
	case !e.core.keychain.Is(account.KeychainChecking): // else the probe will say why, or it is read again
		e.cannotReadLocked(fault.Of(err))
	}
	e.core.changed()
	return false
}

// loadAlone asks the keychain for all keys of the account at once, when the first is asked for.
func (e *entry) loadAlone() slots.Loader {
	var load slots.Loader
	return func(ctx context.Context, key string) ([]byte, error) {
		if load == nil {
			load = e.core.keychain.LoadAhead(ctx, e.holdingNow().keys())
		}
		return load(ctx, key)
	}
}

// without are those of all that are not in some.
func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}
