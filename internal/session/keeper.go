package session

import (
	"context"

	"keyfob/internal/account"
	"keyfob/internal/tasks"
)

// Keeper is the one owner of what Keyfob holds. Its methods may be called from any goroutine, also before Run: they
// wait for it within their context.
type Keeper struct {
	*core
	*registry
	reader *reader

	listed    chan struct{}   // closed when the names of the profiles are known
	opened    chan struct{}   // closed when the profiles are
	importing tasks.Semaphore // one profile is added, replaced or removed at a time

	clock sleepWatch // core.mu guards it
}

// New makes a Keeper that holds nothing yet.
func New(o Options) *Keeper {
	k := &Keeper{
		core: newCore(o.filled()), listed: make(chan struct{}), opened: make(chan struct{}),
		importing: make(tasks.Semaphore, 1),
	}
	k.registry = &registry{core: k.core, entries: map[string]*entry{}}
	k.reader = newReader(k.core, k.registry, k.opened)
	return k
}

// Run loads what is stored, prepares providers and renews until ctx ends. Whoever asks for one account waits for no
// other. When it returns all goroutines of the Keeper have ended, and its connections: sign-ins at once, a renewal or a
// write that was under way within a few seconds. A folder of profiles that cannot be listed is an error
// (fault.DiskTrouble): to go on would look as if everything were gone.
func (k *Keeper) Run(ctx context.Context) error {
	k.tasks.Begin(ctx)
	defer func() {
		k.lastWords()
		k.tasks.End()
		k.options.Flow.CloseIdle()
	}()
	found, err := k.listProfiles(k.tasks.Context())
	if err != nil {
		return err
	}
	if err := k.secretsHaveAccounts(); err != nil {
		return err
	}
	k.tasks.Start(func() { k.openProfiles(k.tasks.Context(), found) })
	k.tasks.Start(func() { k.reader.firstLook(k.tasks.Context()) })
	k.loop(k.tasks.Context())
	return nil
}

// lastWords has written what was not worth a write before.
func (k *Keeper) lastWords() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keychain.Is(account.KeychainUnusable) {
		return
	}
	for _, e := range k.order {
		if e.unread || !e.holding.lastWordLocked() {
			continue
		}
		k.tasks.Start(func() {
			if e.writing.Acquire(k.tasks.Late()) == nil {
				defer e.writing.Release()
				e.save(k.tasks.Late())
			}
		})
	}
}

// Accounts is what the clients of the local API draw: every account, in the order of their names, and the keychain's
// state.
func (k *Keeper) Accounts() ([]account.Account, account.Keychain) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	accounts := make([]account.Account, 0, len(k.order))
	for _, e := range k.order {
		accounts = append(accounts, e.accountLocked(now))
	}
	return accounts, k.keychain.State()
}

// Known waits until the profiles are known, which takes a moment after the start: it looks as if there were none
// before.
func (k *Keeper) Known(ctx context.Context) error { return k.tasks.Wait(ctx, k.opened) }

// settled finds an account, and waits until it is known what it holds.
func (k *Keeper) settled(ctx context.Context, id string) (*entry, error) {
	e, err := k.usable(ctx, id)
	if err != nil {
		return nil, err
	}
	k.reader.soon(e)
	return e, k.tasks.Wait(ctx, e.loaded)
}

// usable finds an account whose profile can be used.
func (k *Keeper) usable(ctx context.Context, id string) (*entry, error) {
	e, err := k.opening(ctx, id)
	if err != nil {
		return nil, err
	}
	return e, e.brokenBy()
}

// opening finds an account by its id, and waits for its own profile, not for all. One that is not known may be added
// while the others are read; and the nearest name is known after that.
func (k *Keeper) opening(ctx context.Context, id string) (*entry, error) {
	if err := k.tasks.Wait(ctx, k.listed); err != nil {
		return nil, err
	}
	if e, err := k.find(id); err == nil {
		k.open(ctx, e)
		return e, ctx.Err()
	}
	if err := k.tasks.Wait(ctx, k.opened); err != nil {
		return nil, err
	}
	return k.find(id)
}
