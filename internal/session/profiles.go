package session

import (
	"bytes"
	"context"
	"errors"
	"io/fs"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/tasks"
)

// Profile returns the profile of an account.
func (k *Keeper) Profile(ctx context.Context, id string) (profile.Profile, error) {
	e, err := k.usable(ctx, id)
	if err != nil {
		return profile.Profile{}, err
	}
	return e.profileNow(), nil
}

// Import adds a profile, or with replace changes one that is there. One that is there already, to the letter, is fine.
// Without replace the answer is ProfileChanged, with what would change, where that matters to trust, else
// ProfileExists. Where provider or client change, the session with the old ones ends here first, so that its tokens
// never reach the new ones.
func (k *Keeper) Import(ctx context.Context, p profile.Profile, replace bool) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := k.Known(ctx); err != nil {
		return err
	}
	return k.tasks.Do(ctx, func(late context.Context) error {
		if err := k.importing.Acquire(late); err != nil {
			return err
		}
		defer k.importing.Release()
		return k.install(late, p, replace)
	})
}

func (k *Keeper) install(ctx context.Context, p profile.Profile, replace bool) error {
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	e, err := k.find(p.ID)
	if err != nil {
		return k.introduce(ctx, p, data)
	}
	if e.brokenBy() == nil {
		old := e.profileNow()
		if before, err := old.Marshal(); err == nil && bytes.Equal(before, data) {
			return nil
		}
		if !replace {
			return conflict(old, p)
		}
	}
	return k.replace(ctx, e, p, data)
}

func conflict(old, new profile.Profile) error {
	if changes := profile.Diff(old, new); len(changes) > 0 {
		return fault.New(fault.ProfileChanged, "id", new.ID).WithFindings(changes...)
	}
	return fault.New(fault.ProfileExists, "id", new.ID)
}

// introduce adds an account. Its session may be in the keychain, from before its profile was lost.
func (k *Keeper) introduce(ctx context.Context, p profile.Profile, data []byte) error {
	if err := k.options.Profiles.Save(ctx, p.ID, data); err != nil {
		return err
	}
	e := newEntry(k.core, p.ID)
	e.useLocked(p) // nobody else knows it yet
	k.add(e)
	k.tasks.Start(func() { k.reader.added(ctx, e) })
	return nil
}

// replace changes the profile of an account. The file comes first: if it cannot be written nothing has changed.
func (k *Keeper) replace(ctx context.Context, e *entry, p profile.Profile, data []byte) error {
	e.cancelSignIn()
	if err := e.writing.Acquire(ctx); err != nil {
		return err
	}
	defer e.writing.Release()
	if err := k.options.Profiles.Save(ctx, p.ID, data); err != nil {
		return err
	}
	if after := k.change(e, p); after != nil {
		e.wrote(after(ctx))
	}
	k.tasks.Start(func() { k.reader.added(ctx, e) }) // a file that could not be read may have hidden a session
	return nil
}

// change puts the new profile in place. It returns what is to be done about the stored copy; nil: nothing.
func (k *Keeper) change(e *entry, p profile.Profile) (after func(context.Context) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	after = e.changeProfileLocked(p)
	k.sortLocked()
	k.changed()
	return after
}

// Remove signs out and forgets the profile. The report is that of the sign-out.
func (k *Keeper) Remove(ctx context.Context, id string) (account.SignOutReport, error) {
	if err := k.Known(ctx); err != nil {
		return account.SignOutReport{}, err
	}
	e, err := k.find(id)
	if err != nil {
		return account.SignOutReport{}, err
	}
	if err := k.tasks.Wait(ctx, e.loaded); err != nil {
		return account.SignOutReport{}, err
	}
	return tasks.Ask(ctx, k.tasks, func(late context.Context) (account.SignOutReport, error) {
		if err := k.importing.Acquire(late); err != nil {
			return account.SignOutReport{}, err
		}
		defer k.importing.Release()
		return e.signOut(late, func() error { return k.drop(late, e) })
	})
}

// drop forgets an account that holds nothing any more. The account's write lock is held.
func (k *Keeper) drop(ctx context.Context, e *entry) error {
	if err := k.options.Profiles.Delete(ctx, e.id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.removeLocked(e)
	return nil
}
