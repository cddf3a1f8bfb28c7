package session

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

const (
	// readers is how many keychain operations may run at once while sessions are loaded: each is a process.
	readers = 4
	// together is how many accounts one such process reads.
	together = 32

	// After a start no session has an access token. They are fetched soon, so that a revoked sign-in shows, but spread
	// out: a start must not be a storm. Whoever asks for a token before is served at once.
	firstRenewal  = time.Second
	renewalSpread = 2 * time.Second // per session
	spreadAtMost  = 10 * time.Minute

	recheckFirst, recheckMost = time.Minute, 30 * time.Minute
)

// listProfiles makes the accounts known by their ids.
func (k *Keeper) listProfiles(ctx context.Context) ([]*entry, error) {
	ids, err := k.options.Profiles.List(ctx)
	if err != nil {
		return nil, err
	}
	found, entries := make([]*entry, len(ids)), make(map[string]*entry, len(ids))
	for i, id := range ids {
		found[i] = newEntry(id)
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
	if k.isOpen(e) || e.gate.enter(ctx) != nil {
		return
	}
	defer e.gate.leave()
	if k.isOpen(e) {
		return
	}
	p, err := k.readProfile(k.ctx, e.id)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.log.Warn("profile not usable", "id", e.id, "code", fault.CodeOf(err))
		e.cannotUse(err)
		return
	}
	e.use(p, k.now())
	k.give(e)
}

func (k *Keeper) isOpen(e *entry) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return e.profile.ID != "" || e.broken != nil
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

// firstLook asks the keychain what is stored, while everything else is running already.
func (k *Keeper) firstLook(ctx context.Context) {
	if !k.memoryOnly() {
		_ = k.look(ctx)
		return
	}
	if k.wait(ctx, k.opened) == nil {
		k.nothingStored()
	}
}

// look asks the keychain whether it can be used, and reads what could not be read before. The error is the keychain's
// fault. Nothing happens where a person chose to do without.
func (k *Keeper) look(ctx context.Context) error {
	if err := k.looking.enter(ctx); err != nil {
		return err
	}
	defer k.looking.leave()
	if k.memoryOnly() {
		return nil
	}
	return k.probe(ctx)
}

// probe stands in nobody's way: while profiles are opened there may be callers who wait for one of them.
func (k *Keeper) probe(ctx context.Context) error {
	if err := k.wait(ctx, k.opened); err != nil {
		return err
	}
	err := k.options.Keychain.Probe(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	k.probeSaid(err)
	if err != nil {
		return err
	}
	k.readAll(ctx, k.unreadOnes())
	return k.lookedWell()
}

// readAll reads many accounts, few processes at a time.
func (k *Keeper) readAll(ctx context.Context, unread []*entry) {
	slots := make(gate, readers)
	var batch sync.WaitGroup
	defer batch.Wait()
	for some := range slices.Chunk(unread, together) {
		if slots.enter(ctx) != nil {
			return
		}
		batch.Go(func() {
			defer slots.leave()
			load := k.ahead(ctx, some)
			for _, e := range some {
				k.read(ctx, e, len(unread), load)
			}
		})
	}
}

// ahead asks the keychain for all slots of some accounts at once. What it says stays true as long as an account is
// unread: whoever writes a slot has read it, or has put something in its place.
func (k *Keeper) ahead(ctx context.Context, some []*entry) loader {
	var slots []string
	for _, e := range some {
		slots = append(slots, k.beside(e), firstSlot(e.id))
	}
	found, err := k.options.Keychain.LoadMany(ctx, slots)
	if err != nil { // each shall have its own answer
		return k.store().Load
	}
	return func(_ context.Context, slot string) ([]byte, error) {
		if data, ok := found[slot]; ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	}
}

func (k *Keeper) unreadOnes() (unread []*entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.order {
		if e.unread {
			unread = append(unread, e)
		}
	}
	return unread
}

// lookedWell is nil if the keychain stood the reading as well as the probe.
func (k *Keeper) lookedWell() error {
	if problem := k.keychainProblem(); problem != nil {
		return problem
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unusable = 0
	return nil
}

// probeSaid takes over what a probe has told.
func (k *Keeper) probeSaid(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer closeOnce(k.probed)
	memoryOnly := k.keychain.State == account.KeychainMemoryOnly
	switch {
	case err != nil && memoryOnly: // the choice stands
	case err != nil:
		k.keychainFails(fault.Of(err))
		for _, e := range k.entries {
			if e.unread {
				e.cannotRead(k.keychain.Problem)
			}
		}
	default:
		k.keychain = account.Keychain{State: account.KeychainReady}
		k.recheck.stop()
		for _, e := range k.entries {
			e.unread = e.unread || memoryOnly && e.session == nil && !e.hasSecret() && e.broken == nil
			if e.unread && e.awaited {
				k.readFirst(e)
			}
		}
		k.saveSoon()
		k.changed()
	}
}

// keychainFails notes that nothing can be kept now, and when to look again. k.mu is held.
func (k *Keeper) keychainFails(f *fault.Error) {
	k.log.Warn("keychain", "code", f.Code, "detail", f.Detail)
	k.keychain = account.Keychain{State: account.KeychainUnusable, Problem: f}
	k.recheck.set(k.now(), k.backoff(k.unusable, recheckFirst, recheckMost))
	k.unusable++
	k.changed()
}

// hurry has the keychain asked sooner for an account of which it did not tell yet. k.mu is held.
func (k *Keeper) hurry(e *entry, now time.Time) {
	if e.unread && k.recheck.pending(now) && elapsed(now, k.recheck.from) >= callerSpacing {
		k.recheck.set(now, 0)
		poke(k.wake)
	}
}

// saveSoon has everything written that could not be before. k.mu is held.
func (k *Keeper) saveSoon() {
	for _, e := range k.order {
		s := e.session
		if e.dirty || s != nil && s.renews() && !s.saved || e.unkeptMachine() {
			e.soil(k.now())
		}
	}
}

// read loads the stored session of one account, of many that are loaded at once.
func (k *Keeper) read(ctx context.Context, e *entry, many int, load loader) {
	if e.gate.enter(ctx) != nil {
		return
	}
	defer e.gate.leave()
	k.readHeld(ctx, e, many, load)
}

// readHeld is read for whoever holds the account's gate.
func (k *Keeper) readHeld(ctx context.Context, e *entry, many int, load loader) {
	if !k.isUnread(e) {
		return
	}
	if k.machineOf(e) != nil {
		k.readMachine(ctx, e, load)
		return
	}
	found, err := k.storedIn(ctx, e, load)
	k.mu.Lock()
	defer k.mu.Unlock()
	if ctx.Err() != nil || !e.unread { // too late: Keyfob ends, or somebody chose to do without the keychain
		return
	}
	defer k.changed()
	now := k.now()
	switch {
	case errors.Is(err, errNewer), errors.Is(err, errCorrupt):
		k.log.Warn("stored session not usable", "id", e.id, "error", err)
		e.foundNothing(fault.New(fault.KeychainFailed).Because(err))
	case err != nil && k.keychain.State == account.KeychainChecking: // the probe will say why, or it is read again
	case err != nil:
		e.cannotRead(fault.Of(err))
	case len(found) == 0:
		e.foundNothing(nil)
	case found[0].ended(): // signed out, but not deleted then, or the provider is still to be told
		e.foundNothing(nil)
		e.farewell = k.recalled(e, found[0], now, k.spread(many))
		if e.farewell == nil {
			e.soil(now)
		}
	default:
		e.found(&session{record: found[0], saved: true}, now, k.spread(many))
		if e.second { // a write was cut off; finish it
			e.soil(now)
		}
	}
}

func (k *Keeper) spread(many int) time.Duration {
	widest := min(time.Duration(many)*renewalSpread, spreadAtMost)
	return firstRenewal + time.Duration(k.options.Rand()*float64(widest))
}

func (k *Keeper) isUnread(e *entry) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return e.unread && !e.gone
}

// nothingStored settles all accounts of which the keychain will not be asked.
func (k *Keeper) nothingStored() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.order {
		if e.unread {
			e.foundNothing(nil)
		}
	}
	k.changed()
}

// RetryKeychain looks into the keychain again; the keychain may ask the person to unlock it. Where sessions were kept
// in memory only they move into it. The error is the keychain's fault.
func (k *Keeper) RetryKeychain(ctx context.Context) error {
	if err := k.wait(ctx, k.opened); err != nil {
		return err
	}
	return k.doOnly(ctx, func(late context.Context) error {
		if err := k.looking.enter(late); err != nil {
			return err
		}
		defer k.looking.leave()
		return k.probe(k.options.Interactive(late))
	})
}

// UseMemoryOnly is a person's choice to do without the keychain until Keyfob ends. It is refused where the keychain
// works: what is stored there would grow old, and an old refresh token costs the sign-in.
func (k *Keeper) UseMemoryOnly(ctx context.Context) error {
	if err := k.wait(ctx, k.opened); err != nil {
		return err
	}
	if err := k.wait(ctx, k.probed); err != nil {
		return err
	}
	if err := k.looking.enter(ctx); err != nil {
		return err
	}
	defer k.looking.leave()
	if !k.forgoKeychain() {
		return fault.New(fault.BadUsage, "reason", "the keychain works, so sign-ins are kept there")
	}
	k.nothingStored()
	return nil
}

func (k *Keeper) forgoKeychain() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keychain.State == account.KeychainReady {
		return false
	}
	k.keychain = account.Keychain{State: account.KeychainMemoryOnly}
	k.recheck.stop()
	for _, e := range k.order {
		e.leftover = e.leftover || e.farewell != nil
		if e.session != nil {
			e.leftover = e.leftover || e.session.saved
			e.session.saved = false
			e.soil(k.now())
		}
		e.moveMachine(k.now())
	}
	return true
}
