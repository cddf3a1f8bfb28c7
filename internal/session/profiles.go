package session

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// Known waits until the profiles are known, which takes a moment after the start: a snapshot looks as if there were
// none before.
func (k *Keeper) Known(ctx context.Context) error { return k.wait(ctx, k.opened) }

// Profile returns the profile of an account.
func (k *Keeper) Profile(ctx context.Context, id string) (profile.Profile, error) {
	e, err := k.opening(ctx, id)
	if err != nil {
		return profile.Profile{}, err
	}
	if broken := k.brokenBy(e); broken != nil {
		return profile.Profile{}, broken
	}
	return k.profileOf(e), nil
}

// Import adds a profile, or with replace changes one that is there. One that is there already, to the letter, is fine.
// Without replace the answer is ProfileChanged, with what would change, where that matters to trust, else
// ProfileExists. Where provider or client change, the session with the old ones ends here first, so that its tokens
// never reach the new ones.
func (k *Keeper) Import(ctx context.Context, p profile.Profile, replace bool) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := k.wait(ctx, k.opened); err != nil {
		return err
	}
	return k.doOnly(ctx, func(late context.Context) error {
		if err := k.importing.enter(late); err != nil {
			return err
		}
		defer k.importing.leave()
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
	if k.brokenBy(e) == nil {
		old := k.profileOf(e)
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
	e := newEntry(p.ID)
	e.use(p, k.now())
	k.add(e)
	k.start(func() { k.readAdded(ctx, e) })
	return nil
}

// readAdded looks into the keychain for an account that came after the first look.
func (k *Keeper) readAdded(ctx context.Context, e *entry) {
	if k.wait(ctx, k.probed) == nil && !k.withoutKeychain(e) {
		k.read(ctx, e, 1, k.store().Load)
	}
}

// withoutKeychain settles an account if the keychain cannot, or need not, be asked about it.
func (k *Keeper) withoutKeychain(e *entry) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case !e.unread || k.keychain.State == account.KeychainReady:
		return false
	case k.keychain.Problem != nil:
		e.cannotRead(k.keychain.Problem)
	default:
		e.foundNothing(nil)
	}
	k.changed()
	return true
}

// replace changes the profile of an account. The file comes first: if it cannot be written nothing has changed.
func (k *Keeper) replace(ctx context.Context, e *entry, p profile.Profile, data []byte) error {
	k.abandon(e)
	if err := e.gate.enter(ctx); err != nil {
		return err
	}
	defer e.gate.leave()
	if err := k.options.Profiles.Save(ctx, p.ID, data); err != nil {
		return err
	}
	old, lost := k.swap(e, p)
	switch {
	case lost != nil:
		err := k.erase(ctx, e)
		k.forgotten(e, err)
		k.giveBack(old, lost.newest())
	case old.Machine():
		k.keepReplaced(ctx, e, old, p)
	}
	k.start(func() { k.readAdded(ctx, e) }) // a file that could not be read may have hidden a session
	return nil
}

// swap puts the new profile in place. It returns the old one and the session that does not belong to the new one, if
// there is such a session.
func (k *Keeper) swap(e *entry, p profile.Profile) (old profile.Profile, lost *session) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	old, e.unread = e.profile, e.unread || e.broken != nil
	if clientOf(old) != clientOf(p) {
		e.machine = nil // its secret is for the old one alone
	}
	e.use(p, now)
	e.mended(now)
	if s := e.session; s != nil && !s.belongsTo(p) {
		lost = s
		e.left(nil)
	}
	if f := e.farewell; f != nil && !f.belongsTo(p) {
		e.farewell = nil
		e.soil(now)
	}
	k.swapMachine(e, old, now)
	k.sort()
	k.changed()
	return old, lost
}

// Remove signs out and forgets the profile. The report is that of the sign-out.
func (k *Keeper) Remove(ctx context.Context, id string) (account.SignOutReport, error) {
	if err := k.wait(ctx, k.opened); err != nil {
		return account.SignOutReport{}, err
	}
	e, err := k.find(id)
	if err != nil {
		return account.SignOutReport{}, err
	}
	if err := k.wait(ctx, e.loaded); err != nil {
		return account.SignOutReport{}, err
	}
	return do(ctx, k, func(late context.Context) (account.SignOutReport, error) {
		if err := k.importing.enter(late); err != nil {
			return account.SignOutReport{}, err
		}
		defer k.importing.leave()
		return k.signOut(late, e, func() error { return k.drop(late, e) })
	})
}

// drop forgets an account whose session has ended. The account's gate is held.
func (k *Keeper) drop(ctx context.Context, e *entry) error {
	if err := k.options.Profiles.Delete(ctx, e.id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	e.gone = true
	delete(k.entries, e.id)
	k.order = slices.DeleteFunc(k.order, func(o *entry) bool { return o == e })
	k.changed()
	return nil
}

// add makes accounts known.
func (k *Keeper) add(added ...*entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range added {
		k.entries[e.id] = e
	}
	k.order = append(k.order, added...)
	k.sort()
	k.changed()
}

// sort brings the accounts into the order in which people look for them. k.mu is held.
func (k *Keeper) sort() {
	slices.SortFunc(k.order, func(a, b *entry) int {
		names := strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
		return cmp.Or(names, strings.Compare(a.id, b.id))
	})
}

// find returns an account by its id, or ProfileUnknown.
func (k *Keeper) find(id string) (*entry, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.entries[id]; e != nil {
		return e, nil
	}
	return nil, k.unknown(id)
}

// unknown says which accounts there are, and which one was probably meant. k.mu is held.
func (k *Keeper) unknown(id string) *fault.Error {
	const most = 10
	var ids []string
	for _, e := range k.order {
		ids = append(ids, e.id)
	}
	nearest := display.Nearest(id, ids)
	known := strings.Join(ids[:min(len(ids), most)], ", ")
	if len(ids) > most {
		known += ", …"
	}
	return fault.New(fault.ProfileUnknown, "id", display.Clean(id, 64), "known", known, "nearest", nearest)
}

func (k *Keeper) profileOf(e *entry) profile.Profile {
	k.mu.Lock()
	defer k.mu.Unlock()
	return e.profile
}

// brokenBy is why the account's profile cannot be used; nil where it can.
func (k *Keeper) brokenBy(e *entry) *fault.Error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return e.broken
}
