package tasks

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const grace = 5 * time.Second

func begun(t *testing.T) *Group {
	t.Helper()
	g := NewGroup(grace)
	g.Begin(t.Context())
	return g
}

func TestWhoeverLeavesDoesNotEndTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begun(t)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		finished := false
		got, err := Ask(ctx, g, func(late context.Context) (int, error) {
			time.Sleep(time.Minute)
			finished = late.Err() == nil
			return 7, nil
		})
		if got != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%d, %v", got, err)
		}
		time.Sleep(time.Hour)
		g.End()
		if !finished {
			t.Fatal("the work ended with its caller")
		}
	})
}

func TestDoGivesWhatTheWorkGives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begun(t)
		want := errors.New("no")
		if err := g.Do(t.Context(), func(context.Context) error { return want }); err != want {
			t.Fatal(err)
		}
		if got, err := Ask(t.Context(), g, func(context.Context) (int, error) { return 7, nil }); got != 7 || err != nil {
			t.Fatalf("%d, %v", got, err)
		}
		g.End()
	})
}

func TestTheEndWaitsALittleForWhatMustNotBeCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begun(t)
		var early, late time.Duration
		begin := time.Now()
		g.Start(func() { <-g.Context().Done(); early = time.Since(begin) })
		g.Start(func() { <-g.Late().Done(); late = time.Since(begin) })
		g.End()
		if early != 0 || late != grace || !g.Ending() {
			t.Fatalf("ended after %v and %v", early, late)
		}
		if g.Start(func() {}) {
			t.Fatal("something began after the end")
		}
		if err := g.Do(t.Context(), func(context.Context) error { return nil }); fault.CodeOf(err) != fault.NoAgent {
			t.Fatal(err)
		}
	})
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begun(t)
		done := make(chan struct{})
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if err := g.Wait(ctx, done); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, g.End)
		if err := g.Wait(t.Context(), done); fault.CodeOf(err) != fault.NoAgent {
			t.Fatal(err)
		}
		close(done)
		if err := g.Wait(ctx, done); err != nil {
			t.Fatal("what is done is done:", err)
		}
		synctest.Wait()
	})
}

func TestSemaphore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := make(Semaphore, 2)
		for range 2 {
			if err := s.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if err := s.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal("a third got in:", err)
		}
		s.Release()
		if err := s.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
