package session

import (
	"context"
	"sync"
	"time"

	"keyfob/internal/fault"
)

// grace is how long a renewal or a write that is under way when Run is told to end may go on. A refresh token that is
// on its way is worth the wait.
const grace = 5 * time.Second

// errEnding answers those who ask while the Keeper ends: for them nobody is there any more.
var errEnding = fault.New(fault.NoAgent)

// life is the Keeper's own time. What a caller began ends with it, not with the caller.
type life struct {
	// ctx ends when Run is told to end. late lasts a little longer, for what must not be cut off.
	ctx, late context.Context //nolint:containedctx // a caller's context ends too early
	ended     chan struct{}   // closed when Run is told to end
	stop, cut context.CancelFunc

	mu      sync.Mutex
	closing bool
	work    sync.WaitGroup
}

// begin is the beginning of Run.
func (l *life) begin(ctx context.Context) {
	l.ctx, l.stop = context.WithCancel(ctx)
	l.late, l.cut = context.WithCancel(context.WithoutCancel(ctx))
}

// end ends what is under way: at once, or after grace where it has l.late. It waits for all of it.
func (l *life) end() {
	l.mu.Lock()
	l.closing = true
	close(l.ended)
	l.mu.Unlock()

	l.stop()
	timer := time.AfterFunc(grace, l.cut)
	l.work.Wait()
	timer.Stop()
	l.cut()
}

// ending tells whether it is too late to begin anything.
func (l *life) ending() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// start runs work in a goroutine that end waits for. It tells whether there was still time to.
func (l *life) start(work func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return false
	}
	l.work.Go(work)
	return true
}

// wait waits for done, within ctx and this life.
func (l *life) wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	default:
	}
	select {
	case <-done:
		return nil
	case <-l.ended:
		return errEnding
	case <-ctx.Done():
		return ctx.Err()
	}
}

// do runs work on the Keeper's time and waits for it: a caller who leaves does not end it.
func do[T any](ctx context.Context, l *life, work func(context.Context) (T, error)) (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	if !l.start(func() { defer close(done); value, err = work(l.late) }) {
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

// do is the function do for work that gives nothing but an error.
func (l *life) do(ctx context.Context, work func(context.Context) error) error {
	_, err := do(ctx, l, func(late context.Context) (struct{}, error) { return struct{}{}, work(late) })
	return err
}

// semaphore lets as many in at once as it has places.
type semaphore chan struct{}

func (s semaphore) acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s semaphore) release() { <-s }
