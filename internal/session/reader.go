package session

import (
	"context"
	"slices"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/tasks"
)

const (
	// readers is how many keychain operations may run at once while sessions are loaded: each is a process.
	readers = 4
	// together is how many accounts one such process reads.
	together = 32
)

// reader asks the keychain what is stored of the accounts: as soon as it can be used, and again when it can be used
// again.
type reader struct {
	core     *core
	accounts *registry
	opened   <-chan struct{} // closed when the profiles are known
	looking  tasks.Semaphore // one look into the keychain at a time
	urgent   tasks.Semaphore // few accounts are read before the others at a time
}

func newReader(c *core, accounts *registry, opened <-chan struct{}) *reader {
	r := &reader{
		core: c, accounts: accounts, opened: opened,
		looking: make(tasks.Semaphore, 1), urgent: make(tasks.Semaphore, readers),
	}
	c.look = r.look
	return r
}

// firstLook asks the keychain what is stored, while everything else is running already.
func (r *reader) firstLook(ctx context.Context) {
	if !r.core.keychain.MemoryOnly() {
		_ = r.look(ctx)
		return
	}
	if r.core.tasks.Wait(ctx, r.opened) == nil {
		r.nothingStored()
	}
}

// look asks the keychain whether it can be used, and reads what could not be read before. The error is the keychain's
// fault. Nothing happens where a person chose to do without.
func (r *reader) look(ctx context.Context) error {
	if err := r.looking.Acquire(ctx); err != nil {
		return err
	}
	defer r.looking.Release()
	if r.core.keychain.MemoryOnly() {
		return nil
	}
	return r.lookAnyway(ctx)
}

// lookAnyway stands in nobody's way: while profiles are opened there may be callers who wait for one of them.
func (r *reader) lookAnyway(ctx context.Context) error {
	if err := r.core.tasks.Wait(ctx, r.opened); err != nil {
		return err
	}
	err := r.core.keychain.Probe(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.looked(err)
	if err != nil {
		return err
	}
	r.all(ctx, r.toRead())
	return r.core.keychain.ReadWell()
}

// looked has everything follow from what the keychain has told: err is why it cannot be used.
func (r *reader) looked(err error) {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	memoryOnly := r.core.keychain.MemoryOnly()
	r.core.keychain.Looked(err)
	switch {
	case err == nil:
		r.worksLocked(memoryOnly)
	case !memoryOnly:
		r.failsLocked(fault.Of(err))
	}
}

func (r *reader) failsLocked(why *fault.Error) {
	for _, e := range r.accounts.entries {
		if e.unread {
			e.cannotReadLocked(why)
		}
	}
}

// worksLocked has everything read of which nothing is known, and written what could not be before.
func (r *reader) worksLocked(memoryOnly bool) {
	for _, e := range r.accounts.entries {
		something, _ := e.holding.heldLocked()
		e.unread = e.unread || memoryOnly && !something && e.broken == nil
		if e.unread && e.awaited {
			r.first(e)
		}
	}
	for _, e := range r.accounts.order {
		if something, stored := e.holding.heldLocked(); e.dirty || something && !stored {
			e.soilLocked(r.core.now())
		}
	}
	r.core.changed()
}

// hurryLocked has the keychain asked sooner for an account of which it did not tell yet.
func (r *reader) hurryLocked(e *entry, now time.Time) {
	if e.unread && r.core.keychain.Hurry(now) {
		r.core.nudge()
	}
}

// nothingStored settles all accounts of which the keychain will not be asked.
func (r *reader) nothingStored() {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	for _, e := range r.accounts.order {
		if e.unread {
			e.foundNothingLocked(nil)
		}
	}
	r.core.changed()
}

// retry is look where a person asks for it: the keychain may ask them to unlock it. A keychain that works takes the
// place of memory only.
func (r *reader) retry(ctx context.Context) error {
	if err := r.looking.Acquire(ctx); err != nil {
		return err
	}
	defer r.looking.Release()
	return r.lookAnyway(r.core.options.Attended(ctx))
}

// forgo has everything kept in memory only, where the keychain does not work.
func (r *reader) forgo(ctx context.Context) error {
	if err := r.looking.Acquire(ctx); err != nil {
		return err
	}
	defer r.looking.Release()
	if !r.forgoKeychain() {
		return fault.New(fault.BadUsage).WithReason(fault.UsageKeychainWorks)
	}
	r.nothingStored()
	return nil
}

func (r *reader) forgoKeychain() bool {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	if !r.core.keychain.Forgo() {
		return false
	}
	for _, e := range r.accounts.order {
		e.holding.movedLocked(r.core.now())
	}
	return true
}

// Most accounts are read many at a time, and when it is known that the keychain can be used. Whoever asks for one waits
// for none of that.

// soon has an account that somebody waits for read before the others. Reading need not wait until it is known that
// the keychain can be written: with a thousand sessions in it that takes longer than all the rest.
func (r *reader) soon(e *entry) {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	if e.awaited || !e.unread {
		return
	}
	e.awaited = true
	if r.core.keychain.Is(account.KeychainReady) || r.core.keychain.Is(account.KeychainChecking) {
		r.first(e)
	}
}

// first reads an account before the others.
func (r *reader) first(e *entry) {
	r.core.tasks.Start(func() {
		if r.urgent.Acquire(r.core.tasks.Context()) != nil {
			return
		}
		defer r.urgent.Release()
		e.read(r.core.tasks.Context(), e.loadAlone(), 1)
	})
}

// all reads many accounts, few processes at a time. What the keychain says of many at once stays true as long as an
// account is unread: whoever writes has read it, or has put something in its place.
func (r *reader) all(ctx context.Context, unread []*entry) {
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
			load := r.core.keychain.LoadAhead(ctx, keys)
			for _, e := range some {
				e.read(ctx, load, len(unread))
			}
		})
	}
}

func (r *reader) toRead() (unread []*entry) {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	for _, e := range r.accounts.order {
		if e.unread {
			unread = append(unread, e)
		}
	}
	return unread
}

// added looks into the keychain for an account that came, or got another profile, after the first look.
func (r *reader) added(ctx context.Context, e *entry) {
	if r.core.tasks.Wait(ctx, r.core.keychain.Probed()) == nil && !r.settledWithoutKeychain(e) {
		e.read(ctx, r.core.keychain.Load, 1)
	}
}

// settledWithoutKeychain settles an account if the keychain cannot, or need not, be asked about it.
func (r *reader) settledWithoutKeychain(e *entry) bool {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	state := r.core.keychain.State()
	switch {
	case !e.unread || state.State == account.KeychainReady:
		return false
	case state.Problem != nil:
		e.cannotReadLocked(state.Problem)
	default:
		e.foundNothingLocked(nil)
	}
	r.core.changed()
	return true
}
