package session

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// grace is how long a renewal or a write that is under way when Run is told to end may go on. A refresh token that is
// on its way is worth the wait.
const grace = 5 * time.Second

// Store keeps byte strings. Load and Delete answer fs.ErrNotExist where nothing is kept.
type Store interface {
	Load(ctx context.Context, key string) ([]byte, error)
	Save(ctx context.Context, key string, data []byte) error
	Delete(ctx context.Context, key string) error
}

// Keychain is the Store of the operating system. Its errors are faults of the keychain-… family.
type Keychain interface {
	Store
	// LoadMany is Load for many keys, at the price of one; those under which nothing is kept are left out. An error
	// means that it must be asked for one by one.
	LoadMany(ctx context.Context, keys []string) (map[string][]byte, error)
	// Probe tells whether secrets can be kept there at all.
	Probe(ctx context.Context) error
}

// Profiles keeps profile files by id.
type Profiles interface {
	Store
	List(ctx context.Context) ([]string, error)
}

// Flow speaks to providers: the methods of *oauthflow.Client that the Keeper needs.
type Flow interface {
	Prepare(ctx context.Context, p profile.Profile) error
	SignIn(ctx context.Context, p profile.Profile, o oauthflow.SignInOptions, open func(account.Attempt) error) (
		*oauthflow.Tokens, error)
	Refresh(ctx context.Context, p profile.Profile, g oauthflow.Grant, keep func(context.Context, secret.Text) error) (
		*oauthflow.Tokens, error)
	Revoke(ctx context.Context, p profile.Profile, refresh secret.Text) error
	LogoutURL(ctx context.Context, p profile.Profile) (string, error)
	ClientToken(ctx context.Context, p profile.Profile, s secret.Text) (*oauthflow.Tokens, error)
	CloseIdle()
}

// Options say what a Keeper works with.
type Options struct {
	Flow     Flow
	Keychain Keychain
	// Memory takes the place of the keychain where a person chose to keep sessions in memory only.
	Memory     Store
	MemoryOnly bool // that choice, made at the start
	Profiles   Profiles
	// Secrets are those of machines, by id, that came with the program's start: they and their tokens stay in memory.
	Secrets map[string]secret.Text
	// Interactive marks a context in which the keychain may ask the person something; nil: it never may.
	Interactive func(context.Context) context.Context
	Log         *slog.Logger     // nil: none
	Changed     func()           // is told of every change that a face shows, with locks held; nil: nobody is
	Now         func() time.Time // nil: time.Now
	Rand        func() float64   // in [0,1), for jitter; nil: math/rand/v2
}

// Keeper is the one owner of what Keyfob holds. Its methods may be called from any goroutine, also before Run: they
// wait for it within their context.
type Keeper struct {
	options Options
	log     *slog.Logger

	listed chan struct{} // closed when the names of the profiles are known
	opened chan struct{} // closed when the profiles are
	probed chan struct{} // closed when the keychain has said for the first time whether it works
	ended  chan struct{} // closed when Run is told to end
	wake   chan struct{} // tells the loop to look again
	work   sync.WaitGroup

	// ctx is the Keeper's own time: what a caller began ends with it, not with the caller. late lasts a little longer,
	// for what must not be cut off. Both are set before listed is closed.
	ctx, late context.Context

	importing gate // one profile is added, replaced or removed at a time
	looking   gate // one look into the keychain at a time
	urgent    gate // few accounts are read out of turn at a time

	mu       sync.Mutex // guards what follows and most of every entry
	closing  bool
	entries  map[string]*entry
	order    []*entry // those whose profiles are known, as people see them: by name
	keychain account.Keychain

	recheck   alarm     // look into the keychain again
	unusable  int       // looks that failed in a row
	lookBy    time.Time // when the loop wants to look again; zero: never
	renewing  int       // renewals under way that the loop began
	preparing int       // preparations under way
}

// New makes a Keeper that holds nothing yet.
func New(o Options) *Keeper {
	if o.Interactive == nil {
		o.Interactive = func(ctx context.Context) context.Context { return ctx }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	k := &Keeper{
		options: o, log: o.Log,
		listed: make(chan struct{}), opened: make(chan struct{}), probed: make(chan struct{}), ended: make(chan struct{}),
		wake: make(chan struct{}, 1), importing: make(gate, 1), looking: make(gate, 1), urgent: make(gate, readers),
		entries:  map[string]*entry{},
		keychain: account.Keychain{State: account.KeychainChecking},
	}
	if o.MemoryOnly {
		k.keychain.State = account.KeychainMemoryOnly
		close(k.probed)
	}
	return k
}

// Run loads what is stored, prepares providers and renews until ctx ends. Whoever asks for one account waits for no
// other. When it returns all goroutines of the Keeper have ended, and its connections: sign-ins at once, a renewal or a
// write that was under way within a few seconds. A folder of profiles that cannot be listed is an error
// (fault.DiskTrouble): to go on would look as if everything were gone.
func (k *Keeper) Run(ctx context.Context) error {
	var end, endLate context.CancelFunc
	k.ctx, end = context.WithCancel(ctx)
	k.late, endLate = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		k.keepMeters()
		k.close()
		end()
		cut := time.AfterFunc(grace, endLate)
		k.work.Wait()
		cut.Stop()
		endLate()
		k.options.Flow.CloseIdle()
	}()
	found, err := k.listProfiles(k.ctx)
	if err != nil {
		return err
	}
	if err := k.secretsHaveAccounts(); err != nil {
		return err
	}
	k.start(func() { k.openProfiles(k.ctx, found) })
	k.start(func() { k.firstLook(k.ctx) })
	k.loop(k.ctx)
	return nil
}

func (k *Keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closing = true
	close(k.ended)
}

// start runs work in a goroutine that Run waits for. It tells whether there was still time to.
func (k *Keeper) start(work func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.startLocked(work)
}

func (k *Keeper) startLocked(work func()) bool {
	if k.closing {
		return false
	}
	k.work.Go(work)
	return true
}

// do runs work on the Keeper's time and waits for it: a caller who leaves does not end it.
func do[T any](ctx context.Context, k *Keeper, work func(context.Context) (T, error)) (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	if !k.start(func() { defer close(done); value, err = work(k.late) }) {
		return value, errEnding
	}
	select {
	case <-done:
		return value, err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// doOnly is do for work that gives nothing but an error.
func (k *Keeper) doOnly(ctx context.Context, work func(context.Context) error) error {
	_, err := do(ctx, k, func(late context.Context) (struct{}, error) { return struct{}{}, work(late) })
	return err
}

// errEnding answers those who ask while the Keeper ends: for them nobody is there any more.
var errEnding = fault.New(fault.NoAgent)

// wait waits for done within ctx and the Keeper's life.
func (k *Keeper) wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	default:
	}
	select {
	case <-done:
		return nil
	case <-k.ended:
		return errEnding
	case <-ctx.Done():
		return ctx.Err()
	}
}

// now is the time with both of its clocks; see elapsed.
func (k *Keeper) now() time.Time { return k.options.Now() }

// changed tells everybody that something changed. k.mu is held.
func (k *Keeper) changed() {
	k.options.Changed()
	poke(k.wake)
}

// poke leaves a sign in a channel of one place; one that is there already is enough.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// gate lets one at a time through.
type gate chan struct{}

func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g gate) leave() { <-g }

// closeOnce closes a channel that only this package closes, under k.mu.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}
