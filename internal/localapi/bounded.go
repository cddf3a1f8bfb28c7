package localapi

import (
	"context"
	"sync"
	"time"
)

// bounded is a context that ends callLimit after somebody begins to wait for it. Most calls are answered before anybody
// waits for anything, and a timer that nobody needs takes longer to make and to end than a token takes to find.
type bounded struct {
	context.Context // the request's

	mu      sync.Mutex
	limited context.Context // has the timer; nil while nobody waits
	cancel  context.CancelFunc
}

// Done is called by whoever is about to wait.
func (b *bounded) Done() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limited == nil {
		b.limited, b.cancel = context.WithTimeout(b.Context, callLimit)
	}
	return b.limited.Done()
}

// Err is nil while there is time.
func (b *bounded) Err() error { return b.current().Err() }

// Deadline is known when somebody waits.
func (b *bounded) Deadline() (time.Time, bool) { return b.current().Deadline() }

func (b *bounded) current() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limited == nil {
		return b.Context
	}
	return b.limited
}

// end stops the timer, if there is one.
func (b *bounded) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel != nil {
		b.cancel()
	}
}
