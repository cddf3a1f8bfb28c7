package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/secret"
)

// source counts its tokens: each response is the next. It takes its time.
type source struct {
	mu    sync.Mutex
	calls []string
	takes time.Duration
	err   error
}

func (s *source) next(call string) (account.Access, error) {
	time.Sleep(s.takes)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	if s.err != nil {
		return account.Access{}, s.err
	}
	return account.Access{
		Token: secret.New(fmt.Sprintf("t%d", len(s.calls))), Expiry: time.Now().Add(time.Minute),
	}, nil
}

func (s *source) Token(_ context.Context, id string, _ time.Duration) (account.Access, error) {
	return s.next("token " + id)
}

func (s *source) TokenInsteadOf(
	_ context.Context, id string, refused [sha256.Size]byte, _ time.Duration,
) (account.Access, error) {
	return s.next(fmt.Sprintf("instead %s %x", id, refused[:2]))
}

func TestATokenIsHeldForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{}
		held := newTokens(s, "acme", 5*time.Second)
		want := func(minValid time.Duration, token string) {
			t.Helper()
			if a, err := held.Token(t.Context(), minValid); err != nil || a.Token.Reveal() != token {
				t.Errorf("got %s, %v, want %s", a.Token.Reveal(), err, token)
			}
		}
		want(0, "t1")
		time.Sleep(4 * time.Second)
		want(0, "t1")
		want(57*time.Second, "t2") // the one in hand ends before that
		time.Sleep(5 * time.Second)
		want(0, "t3")
		s.err = errors.New("signed out")
		time.Sleep(5 * time.Second)
		for range 2 {
			if a, err := held.Token(t.Context(), 0); err == nil || !a.Token.Empty() {
				t.Errorf("got %v, %v", a, err)
			}
		}
	})
}

func TestATokenThatIsNotHeldIsAskedForByEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		each := newTokens(s, "acme", 0)
		began := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() { _, _ = each.Token(t.Context(), 0) })
		}
		all.Wait()
		if took := time.Since(began); len(s.calls) != 10 || took != time.Second {
			t.Errorf("%d calls in %s: one waited for another", len(s.calls), took)
		}
	})
}

func TestOfManyWhoWereRefusedOneAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Second}
		for _, hold := range []time.Duration{0, time.Minute} {
			s.calls = nil
			shared := newTokens(s, "acme", hold)
			refused, err := shared.Token(t.Context(), 0)
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					if a, err := shared.Instead(t.Context(), refused); err != nil || a.Token.Reveal() != "t2" {
						t.Errorf("got %s, %v", a.Token.Reveal(), err)
					}
				})
			}
			all.Wait()
			if len(s.calls) != 2 {
				t.Errorf("the source was asked %q", s.calls)
			}
		}
	})
}

func TestWhoLeavesWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Hour}
		shared := newTokens(s, "acme", time.Minute)
		go func() { _, _ = shared.Token(t.Context(), 0) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := shared.Instead(ctx, account.Access{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("it took %s", took)
		}
		time.Sleep(2 * time.Hour)
	})
}
