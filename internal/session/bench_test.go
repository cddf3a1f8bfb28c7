package session

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"keyfob/internal/account"
)

func benchProfiles(b *testing.B, many int) *fakeStore {
	b.Helper()
	profiles := newStore()
	for i := range many {
		id := fmt.Sprintf("p%d", i)
		data, err := acme(id).Marshal()
		if err != nil {
			b.Fatal(err)
		}
		profiles.kept[id] = string(data)
	}
	return profiles
}

func benchKeeper(b *testing.B, flow *fakeFlow, keychain, profiles *fakeStore) (k *Keeper, stop func()) {
	b.Helper()
	k = New(Options{Flow: flow, Keychain: keychain, Memory: newStore(), Profiles: profiles})
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	return k, func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

// bench starts a Keeper with many profiles, the first of them signed in.
func bench(b *testing.B, many int) (*Keeper, *fakeFlow) {
	b.Helper()
	flow := newFlow()
	flow.latency = 0
	k, stop := benchKeeper(b, flow, newStore(), benchProfiles(b, many))
	b.Cleanup(stop)
	go func() { flow.callback <- nil }()
	if err := k.SignIn(b.Context(), "p0", false, func(account.Attempt) error { return nil }); err != nil {
		b.Fatal(err)
	}
	return k, flow
}

func BenchmarkToken(b *testing.B) {
	took := map[int]float64{}
	for _, many := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			k, flow := bench(b, many)
			for flow.prepared() < many {
				time.Sleep(time.Millisecond)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Token(b.Context(), "p0", time.Minute); err != nil {
					b.Fatal(err)
				}
			}
			took[many] = float64(b.Elapsed()) / float64(b.N)
		})
	}
	if ratio := took[1000] / took[1]; ratio > 1.5 {
		b.Errorf("with 1,000 profiles a hand-out takes %.1f times as long as with one", ratio)
	}
}

// BenchmarkStart is the time from the start to the first token of a session that was stored.
func BenchmarkStart(b *testing.B) {
	for _, many := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			profiles, keychain := benchProfiles(b, many), newStore()
			r := example()
			data, err := r.encode()
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				keychain.kept = map[string]string{firstKey("p0"): string(data)}
				flow := newFlow()
				flow.latency, flow.current = 0, r.refresh.Reveal()
				k, stop := benchKeeper(b, flow, keychain, profiles)
				if _, err := k.Token(b.Context(), "p0", time.Minute); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				stop()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkLook is what the loop does after every change, and every 20 seconds while somebody is signed in.
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
	const many, limit = 1000, 15 << 10
	for b.Loop() {
		before := heap()
		k, _ := bench(b, many)
		each := (heap() - before) / many
		b.ReportMetric(each, "B/profile")
		if each > limit {
			b.Errorf("%.0f bytes a profile", each)
		}
		runtime.KeepAlive(k)
	}
}

// heap is what lives, in bytes. Pools let go of what they hold at the second collection.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
