package localapi

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/secret"
)

// benchKeeper answers at once, with a token of a usual size, and notes nothing.
type benchKeeper struct {
	*fakeKeeper
	answer account.Access
}

func newBenchKeeper() benchKeeper {
	return benchKeeper{newFakeKeeper(), account.Access{
		Token: secret.New(strings.Repeat("eyJhbGciOi", 90)), Type: "Bearer", Scope: "openid profile", Expiry: inAnHour,
	}}
}

func (k benchKeeper) Token(context.Context, string, time.Duration) (account.Access, error) {
	return k.answer, nil
}

// serveBare is what the agent is measured against: the same kind of socket, the same response, and nothing else.
func serveBare(b *testing.B) *asker {
	path := socketPath(b)
	l := listen(b, path)
	body, err := wire.TokenOf(newBenchKeeper().answer).Encode()
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})}
	ended := make(chan struct{})
	go func() { _ = server.Serve(l); close(ended) }()
	c := newAsker(path)
	b.Cleanup(func() { c.Close(); server.Close(); <-ended })
	return c
}

func BenchmarkToken(b *testing.B) {
	c := serve(b, Options{Keeper: newBenchKeeper()})
	b.ReportAllocs()
	for b.Loop() {
		askToken(b, c)
	}
}

func BenchmarkBareHandler(b *testing.B) {
	c := serveBare(b)
	b.ReportAllocs()
	for b.Loop() {
		askToken(b, c)
	}
}

// BenchmarkTokenAgainstBare prints ratios from one run, with 8 callers, taking turns so that both meet the same
// weather: p50 and throughput against the bare handler, and our own p99 against our p50.
func BenchmarkTokenAgainstBare(b *testing.B) {
	const callers, each = 8, 100
	ours, theirs := serve(b, Options{Keeper: newBenchKeeper()}), serveBare(b)
	askAll(b, ours, callers, each)
	askAll(b, theirs, callers, each)

	var our, bare []time.Duration
	var ourTime, bareTime time.Duration
	for b.Loop() {
		took, all := askAll(b, ours, callers, each)
		our, ourTime = append(our, all...), ourTime+took
		took, all = askAll(b, theirs, callers, each)
		bare, bareTime = append(bare, all...), bareTime+took
	}
	slices.Sort(our)
	slices.Sort(bare)
	p50 := func(d []time.Duration) float64 { return float64(d[len(d)/2]) }
	b.ReportMetric(p50(our)/1e3, "µs-p50")
	b.ReportMetric(p50(our)/p50(bare), "p50/bare")
	b.ReportMetric(float64(ourTime)/float64(bareTime), "time/bare")
	p99 := func(d []time.Duration) float64 { return float64(d[len(d)*99/100]) }
	b.ReportMetric(p99(our)/p50(our), "p99/p50")
	b.ReportMetric(p99(bare)/p50(bare), "bare-p99/p50")
}

// askAll has callers ask side by side and returns how long that took, in all and each.
func askAll(b *testing.B, c *asker, callers, each int) (took time.Duration, all []time.Duration) {
	all = make([]time.Duration, callers*each)
	var running sync.WaitGroup
	began := time.Now()
	for mine := range slices.Chunk(all, each) {
		running.Go(func() {
			for i := range mine {
				before := time.Now()
				askToken(b, c)
				mine[i] = time.Since(before)
			}
		})
	}
	running.Wait()
	return time.Since(began), all
}

func askToken(b *testing.B, c *asker) {
	if a, err := c.Token(context.Background(), "rhythm", time.Minute); err != nil || a.Token.Empty() {
		b.Errorf("%+v %v", a, err)
	}
}
