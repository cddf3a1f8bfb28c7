package session

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"keyfob/account"
)

// bench starts a Keeper with many profiles, the first of them signed in.
func bench(b *testing.B, many int) (*Keeper, *fakeFlow) {
	b.Helper()
	flow, profiles := newFlow(), newStore()
	flow.latency = 0
	for i := range many {
		id := fmt.Sprintf("p%d", i)
		data, err := acme(id).Marshal()
		if err != nil {
			b.Fatal(err)
		}
		profiles.kept[id] = string(data)
	}
	k := New(Options{Flow: flow, Keychain: newStore(), Memory: newStore(), Profiles: profiles})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	go func() { flow.callback <- nil }()
	if err := k.SignIn(b.Context(), "p0", false, func(account.Attempt) error { return nil }); err != nil {
		b.Fatal(err)
	}
	return k, flow
}

func BenchmarkToken(b *testing.B) {
	for _, many := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			k, _ := bench(b, many)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Token(b.Context(), "p0", time.Minute); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLook(b *testing.B) {
	for _, many := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			k, _ := bench(b, many)
			b.ReportAllocs()
			for b.Loop() {
				k.chores()
			}
		})
	}
}

func BenchmarkProfileInMemory(b *testing.B) {
	const many = 1000
	for b.Loop() {
		before := heap()
		k, _ := bench(b, many)
		b.ReportMetric(float64(heap()-before)/many, "B/profile")
		runtime.KeepAlive(k)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
