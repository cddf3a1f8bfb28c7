package clock

import (
	"context"
	"sync"
	"time"
)

const (
	lookEvery = time.Second     // how often a deadline looks whether this process ran meanwhile
	tolerable = 2 * time.Second // how late a look may be on a busy machine
	onceMore  = 5 * time.Second // what is left at least after a stop, for what arrived meanwhile
)

// deadline is a context that ends when its time of running is over.
type deadline struct {
	context.Context //nolint:containedctx // it is one

	done      chan struct{}
	leave     func() bool // the parent
	mu        sync.Mutex
	err       error
	timer     *time.Timer
	looked    time.Time     // when time was counted last
	remaining time.Duration // of running
	extended  bool
}

// Within returns a context that ends when this process has run for limit. The time in which it was stopped (a debugger,
// a frozen cgroup, a paused machine, swapping) does not count, and after the first stop some time is left in any case:
// an answer that came meanwhile lies in the socket's buffer, and who gives up without a look at it may lose a refresh
// token. Its error is context.DeadlineExceeded; it has no Deadline of its own, since nobody knows it beforehand.
func Within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	d := &deadline{Context: ctx, done: make(chan struct{}), looked: time.Now(), remaining: limit}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leave = context.AfterFunc(ctx, func() { d.end(ctx.Err()) })
	d.timer = time.AfterFunc(d.next(), func() { d.look(time.Now()) })
	return d, func() { d.end(context.Canceled) }
}

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} { return d.done }

// Err implements context.Context.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// next is how long it is until the next look.
func (d *deadline) next() time.Duration { return min(d.remaining, lookEvery) }

// look counts the time since the last look, or what was meant to pass where this process was stopped meanwhile.
func (d *deadline) look(now time.Time) {
	d.mu.Lock()
	meant, passed := d.next(), now.Sub(d.looked)
	d.looked = now
	if passed <= meant+tolerable {
		d.remaining -= passed
	} else if d.remaining -= meant; !d.extended {
		d.remaining, d.extended = max(d.remaining, onceMore), true
	}
	over := d.remaining <= 0
	if !over && d.err == nil {
		d.timer.Reset(d.next())
	}
	d.mu.Unlock()
	if over {
		d.end(context.DeadlineExceeded)
	}
}

func (d *deadline) end(why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return
	}
	d.err = why
	d.timer.Stop()
	d.leave()
	close(d.done)
}
