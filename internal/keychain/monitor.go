package keychain

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/slots"
)

const (
	// A keychain that fails is looked at again after so long, more and more seldom.
	lookFirst, lookMost = time.Minute, 30 * time.Minute
	// hurrySpacing is how far apart two looks are at least if somebody waits for the keychain.
	hurrySpacing = 10 * time.Second
)

// System is the keychain of the operating system. Its errors are faults of the keychain-… family.
type System interface {
	slots.Store
	// LoadMany is Load for many keys, at the price of one; those under which nothing is kept are left out. An error
	// means that it must be asked for one by one.
	LoadMany(ctx context.Context, keys []string) (map[string][]byte, error)
	// Probe tells whether secrets can be kept there at all.
	Probe(ctx context.Context) error
}

// Options say what a Monitor works with.
type Options struct {
	System System
	// Memory takes the place of the system's keychain where a person chose to keep sessions in memory only.
	Memory     slots.Store
	MemoryOnly bool // that choice, made at the start
	Log        *slog.Logger
	Now        func() time.Time
	Rand       func() float64 // in [0,1), for jitter
	Changed    func()         // is told when the state changes, with the caller's locks held
}

// Monitor is where secrets are kept now, and how well that works. Its methods may be called from any goroutine, and
// with any lock held: it waits for nobody but the keychain, and holds its own lock only for a moment.
type Monitor struct {
	options Options
	probed  chan struct{} // closed when it is known for the first time whether the keychain works

	mu       sync.Mutex // guards what follows
	state    account.Keychain
	again    clock.Alarm // look again
	failures int         // looks that failed in a row
}

// New makes a Monitor of a keychain of which nothing is known yet.
func New(o Options) *Monitor {
	m := &Monitor{options: o, probed: make(chan struct{}), state: account.Keychain{State: account.KeychainChecking}}
	if o.MemoryOnly {
		m.state.State = account.KeychainMemoryOnly
		close(m.probed)
	}
	return m
}

// State is what a person is shown.
func (m *Monitor) State() account.Keychain {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// Problem is why the keychain cannot be used; nil where it can, or need not.
func (m *Monitor) Problem() error {
	if problem := m.State().Problem; problem != nil {
		return problem
	}
	return nil
}

// Is tells whether the keychain is in that state.
func (m *Monitor) Is(s account.KeychainState) bool { return m.State().State == s }

// MemoryOnly tells whether everything is kept in memory only.
func (m *Monitor) MemoryOnly() bool { return m.Is(account.KeychainMemoryOnly) }

// Probed is closed when it is known for the first time whether the keychain works.
func (m *Monitor) Probed() <-chan struct{} { return m.probed }

// store is where secrets are kept now.
func (m *Monitor) store() slots.Store {
	if m.MemoryOnly() {
		return m.options.Memory
	}
	return m.options.System
}

// Load implements slots.Store.
func (m *Monitor) Load(ctx context.Context, key string) ([]byte, error) {
	data, err := m.store().Load(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return data, m.note(err)
}

// Save implements slots.Store.
func (m *Monitor) Save(ctx context.Context, key string, data []byte) error {
	return m.note(m.store().Save(ctx, key, data))
}

// Delete implements slots.Store, except that there is no error where nothing is kept.
func (m *Monitor) Delete(ctx context.Context, key string) error { return m.remove(ctx, m.store(), key) }

// DeleteFromSystem is Delete in the system's keychain, also while everything is kept in memory only.
func (m *Monitor) DeleteFromSystem(ctx context.Context, key string) error {
	return m.remove(ctx, m.options.System, key)
}

func (m *Monitor) remove(ctx context.Context, s slots.Store, key string) error {
	err := s.Delete(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return m.note(err)
}

// LoadAhead asks the system's keychain for many keys at once, and gives their Load. Where that cannot be done, each is
// asked for when its turn comes; but a person who says no to all, or does not answer, is not asked again for each.
func (m *Monitor) LoadAhead(ctx context.Context, keys []string) slots.Loader {
	found, err := m.options.System.LoadMany(ctx, keys)
	switch code := fault.CodeOf(err); {
	case code == fault.KeychainDenied || code == fault.KeychainSlow:
		return func(context.Context, string) ([]byte, error) { return nil, m.note(err) }
	case err != nil: // each shall have its own answer
		return m.Load
	}
	return func(_ context.Context, key string) ([]byte, error) {
		data, ok := found[key]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return data, m.note(nil)
	}
}

// Usable tells whether something can be kept in the system's keychain, by trying. One that does not work is not asked.
func (m *Monitor) Usable(ctx context.Context) bool {
	return !m.Is(account.KeychainUnusable) && m.note(m.options.System.Probe(ctx)) == nil
}

// Probe asks the system's keychain whether secrets can be kept there. Looked takes over the answer.
func (m *Monitor) Probe(ctx context.Context) error { return m.options.System.Probe(ctx) }

// Looked takes over what Probe has told. The choice to do without a keychain stands until one works.
func (m *Monitor) Looked(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer m.probedLocked()
	switch {
	case err == nil:
		m.state = account.Keychain{State: account.KeychainReady}
		m.again.Stop()
		m.options.Changed()
	case m.state.State != account.KeychainMemoryOnly:
		m.failsLocked(fault.Of(err))
	}
}

func (m *Monitor) probedLocked() {
	select {
	case <-m.probed:
	default:
		close(m.probed)
	}
}

// ReadWell tells that the keychain stood the reading as well as the probe. The error is why it did not.
func (m *Monitor) ReadWell() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if problem := m.state.Problem; problem != nil {
		return problem
	}
	m.failures = 0
	return nil
}

// failsLocked notes that nothing can be kept now, and when to look again.
func (m *Monitor) failsLocked(f *fault.Error) {
	m.options.Log.Warn("keychain", "code", f.Code, "detail", f.Detail)
	m.state = account.Keychain{State: account.KeychainUnusable, Problem: f}
	m.again.Set(m.options.Now(), clock.Backoff(m.options.Rand, m.failures, lookFirst, lookMost))
	m.failures++
	m.options.Changed()
}

// note lets the state follow from what an operation has told, and returns err as it is.
func (m *Monitor) note(err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.state.State == account.KeychainMemoryOnly || m.state.State == account.KeychainChecking:
	case err == nil && m.state.State == account.KeychainUnusable:
		m.state = account.Keychain{State: account.KeychainReady}
		m.again.Set(m.options.Now(), 0) // what could not be read before can be now
		m.options.Changed()
	case aboutKeychain(err):
		m.failsLocked(fault.Of(err))
	}
	return err
}

// aboutKeychain tells whether err speaks of the keychain, not of what was to be kept or of a caller that has left.
func aboutKeychain(err error) bool {
	code := fault.CodeOf(err)
	return err != nil && code != fault.SecretTooLarge && code != fault.DiskTrouble && !errors.Is(err, context.Canceled)
}

// Due is how long it is until the keychain is to be looked at again. Where that is now, whoever asks does it.
func (m *Monitor) Due(now time.Time) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	wait := m.again.Remaining(now)
	if wait == 0 {
		m.again.Stop()
	}
	return wait
}

// Hurry has the keychain looked at sooner: somebody waits for it. It tells whether there is something new to do.
func (m *Monitor) Hurry(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.again.Pending(now) || clock.Elapsed(now, m.again.From) < hurrySpacing {
		return false
	}
	m.again.Set(now, 0)
	return true
}

// Forgo is a person's choice to keep everything in memory only. It is refused where the keychain works: what is kept
// there would grow old.
func (m *Monitor) Forgo() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.State == account.KeychainReady {
		return false
	}
	m.state = account.Keychain{State: account.KeychainMemoryOnly}
	m.again.Stop()
	return true
}
