package session

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keyfob/internal/clock"
	"keyfob/internal/keychain"
)

// core is what the Keeper, every account and what it holds work with.
type core struct {
	options  Options
	log      *slog.Logger
	keychain *keychain.Monitor
	life     life
	wake     chan struct{}                   // tells the loop to look again
	look     func(ctx context.Context) error // looks into the keychain; the error is the keychain's fault

	mu        sync.Mutex // guards what follows, the Keeper's accounts, most of every entry, and what it holds
	renewing  int        // renewals under way that the loop began
	preparing int        // preparations under way
}

func newCore(o Options) *core {
	c := &core{options: o, log: o.Log, wake: make(chan struct{}, 1), life: life{ended: make(chan struct{})}}
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

// canKeep tells whether something could be kept. A keychain that failed before is asked once more.
func (c *core) canKeep(ctx context.Context) error {
	if err := c.life.wait(ctx, c.keychain.Probed()); err != nil {
		return err
	}
	if c.keychain.Problem() == nil {
		return nil
	}
	return c.life.do(ctx, c.look)
}
