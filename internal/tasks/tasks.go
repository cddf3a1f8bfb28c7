// Package tasks runs the goroutines of one owner, and ends them with it.
//
// What somebody asks of the owner runs on the owner's time: it goes on when whoever asked has left, and ends when the
// owner does. Some work must not be cut off (a refresh token is on its way); it is given a little longer.
//
// It may import: internal/fault.
package tasks

import (
	"context"
	"sync"
	"time"

	"keyfob/internal/fault"
)

// ErrEnding answers those who ask while the owner ends: for them nobody is there any more.
var ErrEnding = fault.New(fault.NoAgent)

// Group is the goroutines of one owner. Begin comes before all that needs a context, End last.
type Group struct {
	grace     time.Duration
	ctx, late context.Context //nolint:containedctx // a caller's context ends too early
	stop, cut context.CancelFunc
	ended     chan struct{} // closed when End begins

	mu     sync.Mutex
	ending bool
	work   sync.WaitGroup
}

// NewGroup makes a Group whose Late lasts for grace longer than its Context.
func NewGroup(grace time.Duration) *Group { return &Group{grace: grace, ended: make(chan struct{})} }

// Begin sets how long the group lives: as long as ctx, or until End.
func (g *Group) Begin(ctx context.Context) {
	g.ctx, g.stop = context.WithCancel(ctx)
	g.late, g.cut = context.WithCancel(context.WithoutCancel(ctx))
}

// Context ends when End begins, or with the context of Begin.
func (g *Group) Context() context.Context { return g.ctx }

// Late is for work that must not be cut off: it lasts a little longer than Context.
func (g *Group) Late() context.Context { return g.late }

// End ends what is under way, at once where it uses Context, and waits for all of it.
func (g *Group) End() {
	g.mu.Lock()
	g.ending = true
	close(g.ended)
	g.mu.Unlock()

	g.stop()
	timer := time.AfterFunc(g.grace, g.cut)
	g.work.Wait()
	timer.Stop()
	g.cut()
}

// Ending tells whether it is too late to begin anything.
func (g *Group) Ending() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ending
}

// Start runs work in a goroutine that End waits for. It tells whether there was still time to.
func (g *Group) Start(work func()) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ending {
		return false
	}
	g.work.Go(work)
	return true
}

// Wait waits for done. The error is ctx's, or ErrEnding.
func (g *Group) Wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	default:
	}
	select {
	case <-done:
		return nil
	case <-g.ended:
		return ErrEnding
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Do runs work on the group's time (Late) and waits for it within ctx. A caller who leaves does not end it.
func (g *Group) Do(ctx context.Context, work func(context.Context) error) error {
	_, err := Ask(ctx, g, func(late context.Context) (struct{}, error) { return struct{}{}, work(late) })
	return err
}

// Ask is Group.Do for work that gives a value.
func Ask[T any](ctx context.Context, g *Group, work func(context.Context) (T, error)) (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	if !g.Start(func() { defer close(done); value, err = work(g.late) }) {
		return value, ErrEnding
	}
	select {
	case <-done:
		return value, err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// Semaphore lets as many in at once as it has places: make(Semaphore, places).
type Semaphore chan struct{}

// Acquire waits for a place. The error is ctx's; no place is taken then.
func (s Semaphore) Acquire(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Release gives the place back.
func (s Semaphore) Release() { <-s }
