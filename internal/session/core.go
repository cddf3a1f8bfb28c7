package session

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/keychain"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/slots"
	"keyfob/internal/tasks"
	"keyfob/oauthflow"
)

// Profiles keeps profile files by id. Load and Delete answer fs.ErrNotExist where there is none.
type Profiles interface {
	slots.Store
	List(ctx context.Context) ([]string, error)
}

// Flow speaks to providers: the methods of *oauthflow.Client that are needed here.
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
	Keychain keychain.System
	// Memory takes the place of the keychain where a person chose to keep sessions in memory only.
	Memory     slots.Store
	MemoryOnly bool // that choice, made at the start
	Profiles   Profiles
	// Secrets are those of clients, by id, that came with the program's start: they and their tokens stay in memory.
	Secrets map[string]secret.Text
	// Attended marks a context in which a person is there, whom the keychain may ask something; nil: nobody ever is.
	Attended func(context.Context) context.Context
	Changed  func()           // is told of every change that somebody sees, with locks held; nil: nobody is
	Log      *slog.Logger     // nil: none
	Now      func() time.Time // nil: time.Now
	Rand     func() float64   // in [0,1), for jitter; nil: math/rand/v2
}

// filled is o with something in every place that may be left empty.
func (o Options) filled() Options {
	if o.Attended == nil {
		o.Attended = func(ctx context.Context) context.Context { return ctx }
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	return o
}

// grace is how long a renewal or a write that is under way when Run is told to end may go on. A refresh token that is
// on its way is worth the wait.
const grace = 5 * time.Second

// core is what the Keeper, every account and what it holds work with.
type core struct {
	options  Options
	log      *slog.Logger
	keychain *keychain.Monitor
	tasks    *tasks.Group
	wake     chan struct{}                   // tells the loop to look again
	look     func(ctx context.Context) error // looks into the keychain; the error is the keychain's fault

	mu        sync.Mutex // guards what follows, the Keeper's accounts, most of every entry, and what it holds
	renewing  int        // renewals under way that the loop began
	preparing int        // preparations under way
}

func newCore(o Options) *core {
	c := &core{options: o, log: o.Log, wake: make(chan struct{}, 1), tasks: tasks.NewGroup(grace)}
	c.keychain = keychain.New(keychain.Options{
		System: o.Keychain, Memory: o.Memory, MemoryOnly: o.MemoryOnly,
		Log: o.Log, Now: o.Now, Rand: o.Rand, Changed: c.changed,
	})
	return c
}

// now is the time with both of its clocks; see package clock.
func (c *core) now() time.Time { return c.options.Now() }

func (c *core) backoff(failures int, first, most time.Duration) time.Duration {
	return clock.Backoff(c.options.Rand, failures, first, most)
}

// changed tells everybody that something changed. Locks may be held.
func (c *core) changed() {
	c.options.Changed()
	c.nudge()
}

// nudge has the loop look again. One sign that is there already is enough.
func (c *core) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// canKeep tells whether something could be kept. A keychain that failed before is asked once more; one that the desktop
// can start is started, since a person is there.
func (c *core) canKeep(ctx context.Context) error {
	if err := c.tasks.Wait(ctx, c.keychain.Probed()); err != nil {
		return err
	}
	if c.keychain.Problem() == nil {
		return nil
	}
	err := c.tasks.Do(ctx, c.look)
	if f := fault.Of(err); f != nil && f.Code == fault.KeychainMissing && f.Reason == fault.KeychainNotStarted {
		return c.tasks.Do(ctx, func(ctx context.Context) error { return c.look(c.options.Attended(ctx)) })
	}
	return err
}
