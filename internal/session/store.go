package session

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// A session has two slots in the store. The first holds it; the second holds the newest refresh token from the moment
// it arrives until the response that brought it is judged and the first slot holds it too. What is in the second slot
// is therefore always the newer one. One slot would not do: a keychain that replaces an item may lose the old one
// without having saved the new. So no slot is written while it alone holds the newest refresh token.
func firstSlot(id string) string  { return "session/" + id }
func secondSlot(id string) string { return "session/" + id + "/next" }

// A write that failed is tried again after so long, more and more seldom.
const resaveFirst, resaveMost = 10 * time.Second, 10 * time.Minute

// store is where sessions are kept now.
func (k *Keeper) store() Store {
	if k.memoryOnly() {
		return k.options.Memory
	}
	return k.options.Keychain
}

func (k *Keeper) memoryOnly() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keychain.State == account.KeychainMemoryOnly
}

// keychainProblem is why the keychain cannot be used; nil where it can, or need not.
func (k *Keeper) keychainProblem() *fault.Error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keychain.Problem
}

// put saves a record in one slot.
func (k *Keeper) put(ctx context.Context, slot string, r record) error {
	r.saved = k.now()
	data, err := r.encode()
	if err != nil {
		return fault.Of(err)
	}
	return k.noted(k.store().Save(ctx, slot, data))
}

// setAside keeps r in the second slot, unless its refresh token is there. The account's gate is held.
func (k *Keeper) setAside(ctx context.Context, e *entry, r record) error {
	if r.isIn(e.inSecond) {
		return nil
	}
	e.second, e.inSecond = true, secret.Text{} // also after a failure: it may have been written all the same
	err := k.put(ctx, secondSlot(e.id), r)
	if err == nil {
		e.inSecond = r.refresh
	}
	return err
}

// write makes r what is stored for e. The account's gate is held.
func (k *Keeper) write(ctx context.Context, e *entry, r record) error {
	// An older token in the second slot would outrank the first; and the first may be the only one that holds r's.
	if e.second || r.isIn(e.inFirst) {
		if err := k.setAside(ctx, e, r); err != nil {
			return err
		}
	}
	e.inFirst = secret.Text{}
	if err := k.put(ctx, firstSlot(e.id), r); err != nil {
		return err
	}
	e.inFirst = r.refresh
	return k.clearSecond(ctx, e)
}

// isIn tells whether a slot that holds the refresh token s holds the session.
func (r record) isIn(s secret.Text) bool { return !r.refresh.Empty() && r.refresh.Equal(s) }

// clearSecond empties the second slot. The account's gate is held.
func (k *Keeper) clearSecond(ctx context.Context, e *entry) error {
	if !e.second {
		return nil
	}
	e.inSecond = secret.Text{}
	if err := k.remove(ctx, k.store(), secondSlot(e.id)); err != nil {
		return err
	}
	e.second = false
	return nil
}

// erase makes nothing stored for e. The second slot goes first, so that a crash in between leaves the older token.
// The account's gate is held.
func (k *Keeper) erase(ctx context.Context, e *entry) error {
	if err := k.eraseSecret(ctx, e); err != nil {
		return err
	}
	if err := k.clearSecond(ctx, e); err != nil {
		return err
	}
	e.inFirst = secret.Text{}
	if err := k.remove(ctx, k.store(), firstSlot(e.id)); err != nil {
		if k.put(ctx, firstSlot(e.id), record{}) != nil { // an empty record is as good: the secret is gone
			return err
		}
	}
	return k.eraseLeftover(ctx, e)
}

// eraseLeftover removes what the keychain holds from before a person chose memory only.
func (k *Keeper) eraseLeftover(ctx context.Context, e *entry) error {
	k.mu.Lock()
	leftover := e.leftover
	k.mu.Unlock()
	if !leftover {
		return nil
	}
	for _, slot := range []string{k.beside(e), firstSlot(e.id)} {
		if err := k.remove(ctx, k.options.Keychain, slot); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	e.leftover = false
	return nil
}

func (k *Keeper) remove(ctx context.Context, s Store, slot string) error {
	err := s.Delete(ctx, slot)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return k.noted(err)
}

// stored reads both slots, the newest record first. Records of another provider or client are left out. An error that
// is neither errNewer nor errCorrupt means that the store could not be read. The account's gate is held.
func (k *Keeper) stored(ctx context.Context, e *entry) ([]record, error) {
	return k.storedIn(ctx, e, k.store().Load)
}

// loader is Store.Load, or as good.
type loader func(ctx context.Context, slot string) ([]byte, error)

func (k *Keeper) storedIn(ctx context.Context, e *entry, load loader) ([]record, error) {
	p := k.profileOf(e)
	second, err := k.take(ctx, secondSlot(e.id), load)
	if unanswered(err) {
		return nil, err
	}
	e.second, e.inSecond = !errors.Is(err, fs.ErrNotExist), second.refresh
	first, err1 := k.take(ctx, firstSlot(e.id), load)
	if unanswered(err1) {
		return nil, err1
	}
	e.inFirst = first.refresh

	var found []record
	if err == nil && (second.belongsTo(p) || second.ended()) {
		found = append(found, second)
	}
	if err1 == nil && (first.belongsTo(p) || first.ended()) {
		found = append(found, first)
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, unreadable(err1, err)
}

// take reads one slot: fs.ErrNotExist where there is nothing, errNewer or errCorrupt where it is of no use.
func (k *Keeper) take(ctx context.Context, slot string, load loader) (record, error) {
	data, err := load(ctx, slot)
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, err
	}
	if k.noted(err) != nil {
		return record{}, err
	}
	return parseRecord(data)
}

// unanswered tells that the store did not say what a slot holds.
func unanswered(err error) bool {
	return err != nil && !errors.Is(err, fs.ErrNotExist) && unreadable(err) == nil
}

// unreadable is the first of errs that speaks of a record, not of the store.
func unreadable(errs ...error) error {
	for _, err := range errs {
		if errors.Is(err, errNewer) || errors.Is(err, errCorrupt) {
			return err
		}
	}
	return nil
}

// wrote notes whether the store holds now what memory holds. The newest refresh token is saved as soon as one of the
// slots holds it, whatever became of the other. k.mu is held, and the account's gate.
func (k *Keeper) wrote(e *entry, err error) {
	if s := e.session; s != nil {
		newest := record{refresh: s.newest()}
		held := newest.isIn(e.inFirst) || newest.isIn(e.inSecond)
		s.saved = held && k.keychain.State != account.KeychainMemoryOnly
	}
	if m := e.machine; m != nil {
		m.saved = err == nil && !m.given && k.keychain.State != account.KeychainMemoryOnly
	}
	e.dirty = err != nil
	if err == nil {
		e.unsaved = 0
		e.resave.stop()
		return
	}
	k.log.Warn("not written", "id", e.id, "code", fault.CodeOf(err))
	e.resave.set(k.now(), k.backoff(e.unsaved, resaveFirst, resaveMost))
	e.unsaved++
}

// resave writes once more what could not be written. The second slot keeps what nobody has judged.
func (k *Keeper) resave(ctx context.Context, e *entry) {
	if e.gate.enter(ctx) != nil {
		return
	}
	defer e.gate.leave()
	r, unjudged, dirty := k.unwritten(e)
	if !dirty {
		return
	}
	var err error
	switch {
	case k.machineOf(e) != nil:
		err = k.writeMachine(ctx, e)
	case r.ended() && r.leaving.Empty():
		err = k.erase(ctx, e)
	case unjudged:
		err = k.setAside(ctx, e, r)
	default:
		err = k.write(ctx, e, r)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrote(e, err)
	k.changed()
}

// unwritten is what the store is to hold for e: a record that has ended stands for nothing.
func (k *Keeper) unwritten(e *entry) (r record, unjudged, dirty bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.session == nil { // whoever has gone may have come back as another entry
		if e.farewell != nil {
			r = e.farewell.record
		}
		return r, false, e.dirty && !e.gone
	}
	r, unjudged = e.session.record, !e.session.unjudged.Empty()
	r.refresh = e.session.newest()
	return r, unjudged, e.dirty
}

// noted lets the keychain's state follow from what just happened, and returns err as it is.
func (k *Keeper) noted(err error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.keychain.State == account.KeychainMemoryOnly || k.keychain.State == account.KeychainChecking:
	case err == nil && k.keychain.State == account.KeychainUnusable:
		k.keychain = account.Keychain{State: account.KeychainReady}
		k.recheck.set(k.now(), 0) // what could not be read before can be now
		k.changed()
	case keychainFault(err):
		k.keychainFails(fault.Of(err))
	}
	return err
}

// keychainFault tells whether err speaks of the keychain, not of what was to be kept or of a caller that has left.
func keychainFault(err error) bool {
	code := fault.CodeOf(err)
	return err != nil && code != fault.SecretTooLarge && code != fault.DiskTrouble && !errors.Is(err, context.Canceled)
}
