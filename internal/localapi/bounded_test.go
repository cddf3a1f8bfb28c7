package localapi

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestACallHasItsTimeFromTheMomentItWaits: and its end is seen by all that was made of its context.
func TestACallHasItsTimeFromTheMomentItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := &bounded{Context: t.Context()}
		defer ctx.end()
		time.Sleep(2 * callLimit)
		if err := ctx.Err(); err != nil || ctx.limited != nil {
			t.Fatalf("nobody waits, and there is a timer: %v", err)
		}
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		told := make(chan struct{})
		defer context.AfterFunc(child, func() { close(told) })()

		begin := time.Now()
		<-child.Done()
		<-told
		if took := time.Since(begin); took != callLimit || !errors.Is(ctx.Err(), context.DeadlineExceeded) ||
			!errors.Is(child.Err(), context.DeadlineExceeded) {
			t.Errorf("it ended after %s: %v, %v", took, ctx.Err(), child.Err())
		}
		if at, known := ctx.Deadline(); !known || !at.Equal(begin.Add(callLimit)) {
			t.Errorf("its end is said to be %s", at)
		}
	})
}

// TestACallEndsWithItsCaller: also one that waits already.
func TestACallEndsWithItsCaller(t *testing.T) {
	type key struct{}
	for _, waits := range []bool{true, false} {
		caller, leave := context.WithCancel(context.WithValue(t.Context(), key{}, "caller"))
		ctx := &bounded{Context: caller}
		if waits {
			ctx.Done()
		}
		if ctx.Value(key{}) != "caller" {
			t.Error("who calls is not known")
		}
		leave()
		<-ctx.Done()
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Error(ctx.Err())
		}
		ctx.end()
	}
}

// TestACallThatIsOverKeepsNoTimer: a refresh that somebody waited for ended well.
func TestACallThatIsOverKeepsNoTimer(t *testing.T) {
	ctx := &bounded{Context: context.WithoutCancel(t.Context())}
	waited := ctx.Done()
	ctx.end()
	<-waited
}
