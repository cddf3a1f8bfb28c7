// Package ratelimit lets time pass: it holds requests to a number a second, those to a provider (oauthflow) and those to an
// API (apicall), and is the one pause that ends with a context. It is a leaf.
package ratelimit

import (
	"context"
	"sync"
	"time"
)

// Most is the highest rate that is kept; who sets more gets this.
const Most = 100

// Line is where requests wait for their turn. Its zero value is ready, and it may be used by many goroutines.
type Line struct {
	begin sync.Once
	first chan struct{} // of one place: whoever fills it goes next
	gone  []time.Time   // when the last ones went, oldest first; for who is first
}

// Wait returns when one more may go, in the order in which they came. As many may go at once as may go in a second;
// what is never exceeded is rate (a second), wherever that second begins. A rate below 1 is one request in so many
// seconds, and 0 is any number. One that ctx ends first has not gone and took nobody's place; the error is then ctx's.
func (l *Line) Wait(ctx context.Context, rate float64) error {
	if rate <= 0 {
		return nil
	}
	if err := ctx.Err(); err != nil { // else the select might take the place all the same
		return err
	}
	l.begin.Do(func() { l.first = make(chan struct{}, 1) })
	select {
	case l.first <- struct{}{}:
		defer func() { <-l.first }()
		return l.next(ctx, min(rate, Most))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next waits until the window before now has room for one more.
func (l *Line) next(ctx context.Context, rate float64) error {
	most, window := 1, time.Duration(float64(time.Second)/rate)
	if rate >= 1 {
		most, window = int(rate), time.Second
	}
	if n := len(l.gone); n >= most {
		if err := Rest(ctx, window-time.Since(l.gone[n-most])); err != nil {
			return err
		}
	}
	l.gone = append(l.gone[max(0, len(l.gone)-Most+1):], time.Now())
	return nil
}

// Rest lets time pass. The error is ctx's, where that ends first; without a time there is nothing to wait for, and none.
func Rest(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
