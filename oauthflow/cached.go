package oauthflow

import (
	"context"
	"sync"
	"time"
)

// cached is one document of a provider. It is fetched again when it is too old: by one caller at a time, on that
// caller's context, while the others wait and then look again. So no goroutine is needed, and a caller whose context
// ends does not disturb the others. A failed fetch fails for all callers that waited. If each of them tried again, the
// last one would wait for as many time-outs as there are callers.
type cached[T any] struct {
	host     string
	now      func() time.Time
	fetch    func(context.Context) (T, error)
	fetching chan struct{} // of one place; the caller that fills it may fetch

	mu      sync.Mutex
	value   T
	fetched time.Time // when value came
	tried   time.Time // when it was last asked for
	last    try
}

// try is a fetch that ended by itself, not because its caller's context ended.
type try struct {
	number  int
	failure error
}

func newCached[T any](host string, now func() time.Time, fetch func(context.Context) (T, error)) *cached[T] {
	return &cached[T]{host: host, now: now, fetch: fetch, fetching: make(chan struct{}, 1)}
}

// get returns a copy that is younger than maxAge.
func (c *cached[T]) get(ctx context.Context, maxAge time.Duration) (T, error) {
	v, young, before := c.look(maxAge)
	if young {
		return v, nil
	}
	if err := c.take(ctx); err != nil {
		return v, err
	}
	defer c.release()
	v, young, last := c.look(maxAge)
	switch {
	case young: // somebody else fetched it meanwhile
		return v, nil
	case last.number != before.number: // or could not
		return v, last.failure
	}
	return c.renewLocked(ctx)
}

// again returns a newer copy for a caller that could not use the present one. It fetches at most once an interval, with
// success or without. Within the interval it returns the present copy.
func (c *cached[T]) again(ctx context.Context, interval time.Duration) (T, error) {
	if err := c.take(ctx); err != nil {
		var none T
		return none, err
	}
	defer c.release()
	c.mu.Lock()
	v, soon := c.value, c.young(c.tried, interval)
	c.mu.Unlock()
	if soon {
		return v, nil
	}
	return c.renewLocked(ctx)
}

func (c *cached[T]) look(maxAge time.Duration) (v T, young bool, last try) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.value, c.young(c.fetched, maxAge), c.last
}

// young tells whether t is less than maxAge ago. A time in the future means that the clock was set back: then the age
// is not known.
func (c *cached[T]) young(t time.Time, maxAge time.Duration) bool {
	age := c.now().Sub(t)
	return !t.IsZero() && age >= 0 && age < maxAge
}

// renewLocked fetches. c.fetching is held.
func (c *cached[T]) renewLocked(ctx context.Context) (T, error) {
	c.mu.Lock()
	c.tried = c.now().Round(0)
	c.mu.Unlock()
	v, err := c.fetchInTime(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() == nil {
		c.last = try{c.last.number + 1, err}
	}
	if err == nil {
		c.value, c.fetched = v, c.now().Round(0)
	}
	return v, err
}

func (c *cached[T]) fetchInTime(ctx context.Context) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, discoveryTime)
	defer cancel()
	return c.fetch(ctx)
}

func (c *cached[T]) take(ctx context.Context) error {
	select {
	case c.fetching <- struct{}{}:
		return nil
	case <-ctx.Done():
		return cancelled(ctx, c.host)
	}
}

func (c *cached[T]) release() { <-c.fetching }
