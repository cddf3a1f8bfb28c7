package clock

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestF46TimeInWhichAProcessIsStoppedDoesNotCount(t *testing.T) {
	const limit = 30 * time.Second
	for what, stop := range map[string]struct{ at, until, over time.Duration }{
		"in the middle":      {10 * time.Second, 55 * time.Second, 74 * time.Second},
		"at its end":         {29 * time.Second, 74 * time.Second, 79 * time.Second},
		"until its very end": {9 * time.Second, limit - time.Millisecond, 50*time.Second - time.Millisecond},
		"a busy machine":     {10 * time.Second, 12 * time.Second, limit},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := Within(t.Context(), limit)
			defer cancel()
			d := ctx.(*deadline)
			d.timer.Stop() // it is looked for it from here on
			begin := d.looked
			for now := time.Duration(0); ctx.Err() == nil; {
				if now += d.next(); now > stop.at && now < stop.until {
					now = stop.until
				}
				d.look(begin.Add(now))
				d.timer.Stop()
				if over := now >= stop.over; over != (ctx.Err() != nil) {
					t.Fatalf("%s: after %v its error is %v", what, now, ctx.Err())
				}
			}
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("%s: %v", what, ctx.Err())
			}
		})
	}
}

// A machine that stutters does not keep a request for ever.
func TestF46OneStopIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := Within(t.Context(), 10*time.Second)
		defer cancel()
		d, looks := ctx.(*deadline), 0
		for ; ctx.Err() == nil && looks < 1000; looks++ {
			d.look(d.looked.Add(time.Minute))
		}
		if looks != 10 {
			t.Errorf("it ends after %d looks", looks)
		}
	})
}

func TestADeadlineIsAContext(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		parent, end := context.WithCancel(context.WithValue(t.Context(), key{}, "value"))
		begin := time.Now()
		ctx, cancel := Within(parent, 1500*time.Millisecond)
		child, cancelChild := context.WithCancel(ctx)
		<-child.Done()
		if time.Since(begin) != 1500*time.Millisecond || !errors.Is(child.Err(), context.DeadlineExceeded) ||
			!errors.Is(context.Cause(child), context.DeadlineExceeded) || ctx.Value(key{}) != "value" {
			t.Errorf("after %v: %v, %v", time.Since(begin), child.Err(), context.Cause(child))
		}
		cancelChild()
		cancel()

		ctx, cancel = Within(parent, time.Minute)
		cancel()
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(ctx.Err())
		}
		ctx, cancel = Within(parent, time.Minute)
		defer cancel()
		end()
		<-ctx.Done()
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(ctx.Err())
		}
		ctx, cancel = Within(parent, time.Minute)
		defer cancel()
		if <-ctx.Done(); !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(ctx.Err())
		}
	})
}
