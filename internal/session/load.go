package session

import (
	"context"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
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
		err = fault.New(fault.BadProfile).WithFindings(fault.Find("id", fault.ProfileFileName))
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
			return fault.Of(err).With("id", id)
		}
	}
	return nil
}
