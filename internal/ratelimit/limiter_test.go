package ratelimit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterKeepsToItsRate(t *testing.T) {
	for rate, want := range map[float64]time.Duration{
		0: 0, -1: 0, 1000: 0, 10: 0, 9.9: time.Second, 3: 3 * time.Second, 1: 9 * time.Second, 0.5: 18 * time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			var l Limiter
			began := time.Now()
			for range 10 {
				if err := l.Wait(t.Context(), rate); err != nil {
					t.Error(err)
				}
			}
			if took := time.Since(began); took != want {
				t.Errorf("ten at %v a second took %v, want %v", rate, took, want)
			}
		})
	}
}

func TestACancelledWaitDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		began := time.Now()
		_ = l.Wait(t.Context(), 1)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		left := make(chan error)
		for range 2 {
			go func() { left <- l.Wait(ctx, 1) }()
		}
		for range 2 {
			if err := <-left; !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		if err := l.Wait(t.Context(), 1); err != nil || time.Since(began) != time.Second {
			t.Errorf("the next went after %v: %v", time.Since(began), err)
		}
	})
}

func TestAnEndedContextDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left, leave := context.WithCancel(t.Context())
		leave()
		var l Limiter
		for range 20 { // a select would let some of them in
			if err := l.Wait(left, 1); !errors.Is(err, context.Canceled) {
				t.Fatal("it went:", err)
			}
		}
		began := time.Now()
		if err := l.Wait(t.Context(), 1); err != nil || time.Since(began) != 0 {
			t.Errorf("the first went after %v: %v", time.Since(began), err)
		}
	})
}

func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		for _, c := range []struct {
			d, want time.Duration
			err     error
		}{
			{-1, 0, nil}, {0, 0, nil}, {2 * time.Second, 2 * time.Second, nil},
			{time.Hour, time.Second, context.DeadlineExceeded},
		} {
			began := time.Now()
			if err := Sleep(ctx, c.d); !errors.Is(err, c.err) || time.Since(began) != c.want {
				t.Errorf("%v: %v after %v", c.d, err, time.Since(began))
			}
		}
	})
}

func TestLimiterRemembersNoMoreThanItNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		for range 9 * MaxRate {
			_ = l.Wait(t.Context(), 1e9)
		}
		if kept := cap(l.sent); kept > 4*MaxRate {
			t.Errorf("%d times are kept", kept)
		}
	})
}
