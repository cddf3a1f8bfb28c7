package session

import (
	"context"
	"slices"
	"sync"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/tasks"
)

const (
	// readers is how many keychain operations may run at once while sessions are loaded: each is a process.
	readers = 4
	// together is how many accounts one such process reads.
	together = 32
)

// listProfiles makes the accounts known by their ids.
func (k *Keeper) listProfiles(ctx context.Context) ([]*entry, error) {
	ids, err := k.options.Profiles.List(ctx)
	if err != nil {
		return nil, err
	}
	found, entries := make([]*entry, len(ids)), make(map[string]*entry, len(ids))
	for i, id := range ids {
		found[i] = newEntry(k.core, id)
		entries[id] = found[i]
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.entries = entries // there were none
	close(k.listed)
	return found, nil
}

// openProfiles reads all profile files, and then shows the accounts.
func (k *Keeper) openProfiles(ctx context.Context, found []*entry) {
	for _, e := range found {
		k.open(ctx, e)
	}
	k.add(found...)
	close(k.opened)
}

// open reads an account's profile file, unless somebody has. One that cannot be used shows as an account that says why.
// ctx bounds the waiting, not the reading.
func (k *Keeper) open(ctx context.Context, e *entry) {
	if e.isOpen() || e.writing.Acquire(ctx) != nil {
		return
	}
	defer e.writing.Release()
	if e.isOpen() {
		return
	}
	p, err := k.readProfile(k.tasks.Context(), e.id)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.log.Warn("profile not usable", "id", e.id, "code", fault.CodeOf(err))
		e.cannotUseLocked(err)
		return
	}
	e.useLocked(p)
	k.giveLocked(e)
}

func (k *Keeper) readProfile(ctx context.Context, id string) (profile.Profile, error) {
	data, err := k.options.Profiles.Load(ctx, id)
	if err != nil {
		return profile.Profile{}, err
	}
	p, err := profile.Parse(data)
	if err == nil && p.ID != id {
		err = fault.New(fault.BadProfile, "id", id).WithReason(fault.ProfileMisnamed)
	}
	return p, err
}

// giveLocked hands an account the secret that came for it with the program's start.
func (k *Keeper) giveLocked(e *entry) {
	s := k.options.Secrets[e.id]
	if s.Empty() {
		return
	}
	if h, ok := e.holding.(secretHolder); ok {
		h.giveLocked(s)
		return
	}
	k.log.Warn("a secret for an account of people is of no use", "id", e.id)
}

// secretsHaveAccounts makes sure of that: a name that is wrong would show as an account without secret, and a profile
// that came later would get a secret that nobody meant for it.
func (k *Keeper) secretsHaveAccounts() error {
	for id, s := range k.options.Secrets {
		if _, err := k.find(id); err != nil {
			return err
		}
		if err := pasted(s); err != nil {
			err.Args["id"] = id
			return err
		}
	}
	return nil
}

// Most accounts are read many at a time, and when it is known that the keychain can be used. Whoever asks for one waits
// for none of that.

// readSoon has an account that somebody waits for read before the others. Reading need not wait until it is known that
// the keychain can be written: with a thousand sessions in it that takes longer than all the rest.
func (k *Keeper) readSoon(e *entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.awaited || !e.unread {
		return
	}
	e.awaited = true
	if k.keychain.Is(account.KeychainReady) || k.keychain.Is(account.KeychainChecking) {
		k.readFirst(e)
	}
}

// readFirst reads an account before the others.
func (k *Keeper) readFirst(e *entry) {
	k.tasks.Start(func() {
		if k.urgent.Acquire(k.tasks.Context()) != nil {
			return
		}
		defer k.urgent.Release()
		e.read(k.tasks.Context(), e.loadAlone(), 1)
	})
}

// readAll reads many accounts, few processes at a time. What the keychain says of many at once stays true as long as an
// account is unread: whoever writes has read it, or has put something in its place.
func (k *Keeper) readAll(ctx context.Context, unread []*entry) {
	places := make(tasks.Semaphore, readers)
	var batch sync.WaitGroup
	defer batch.Wait()
	for some := range slices.Chunk(unread, together) {
		if places.Acquire(ctx) != nil {
			return
		}
		batch.Go(func() {
			defer places.Release()
			var keys []string
			for _, e := range some {
				keys = append(keys, e.holdingNow().keys()...)
			}
			load := k.keychain.LoadAhead(ctx, keys)
			for _, e := range some {
				e.read(ctx, load, len(unread))
			}
		})
	}
}

func (k *Keeper) unread() (unread []*entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.order {
		if e.unread {
			unread = append(unread, e)
		}
	}
	return unread
}

// readAdded looks into the keychain for an account that came, or got another profile, after the first look.
func (k *Keeper) readAdded(ctx context.Context, e *entry) {
	if k.tasks.Wait(ctx, k.keychain.Probed()) == nil && !k.settledWithoutKeychain(e) {
		e.read(ctx, k.keychain.Load, 1)
	}
}

// settledWithoutKeychain settles an account if the keychain cannot, or need not, be asked about it.
func (k *Keeper) settledWithoutKeychain(e *entry) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	state := k.keychain.State()
	switch {
	case !e.unread || state.State == account.KeychainReady:
		return false
	case state.Problem != nil:
		e.cannotReadLocked(state.Problem)
	default:
		e.foundNothingLocked(nil)
	}
	k.changed()
	return true
}
