// Package ratelimit holds requests to a number a second: those to a provider (oauthflow) and those to an API (apicall).
// It also has the one sleep that ends with a context. It is a leaf: it imports nothing of ours.
package ratelimit

import (
	"context"
	"sync"
	"time"
)

// MaxRate is the highest rate that is kept. A higher one counts as this.
const MaxRate = 100

// Limiter is a rate limit. Its zero value is ready, and it may be used by many goroutines.
type Limiter struct {
	once sync.Once
	next chan struct{} // of one place: the goroutine that fills it is the next to be let through
	sent []time.Time   // when the last requests were let through, oldest first; guarded by next
}

// Wait returns when one more request may be sent, in the order of the calls. In no second are there more than rate, and
// as many may be sent at once. A rate below 1 is one request in so many seconds; 0 is any number. A request that ctx
// ends first does not count; the error is then ctx's.
func (l *Limiter) Wait(ctx context.Context, rate float64) error {
	if rate <= 0 {
		return nil
	}
	if err := ctx.Err(); err != nil { // else the select might take the place all the same
		return err
	}
	l.once.Do(func() { l.next = make(chan struct{}, 1) })
	select {
	case l.next <- struct{}{}:
		defer func() { <-l.next }()
		return l.waitLocked(ctx, min(rate, MaxRate))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitLocked waits until the window before now has room for one more. l.next is held.
func (l *Limiter) waitLocked(ctx context.Context, rate float64) error {
	most, window := 1, time.Duration(float64(time.Second)/rate)
	if rate >= 1 {
		most, window = int(rate), time.Second
	}
	if n := len(l.sent); n >= most {
		if err := Sleep(ctx, window-time.Since(l.sent[n-most])); err != nil {
			return err
		}
	}
	l.sent = append(l.sent[max(0, len(l.sent)-MaxRate+1):], time.Now())
	return nil
}

// Sleep waits for d, or until ctx ends: then the error is ctx's. Without a positive d there is nothing to wait for, and
// no error.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
