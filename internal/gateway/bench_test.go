package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/internal/apicall"
	"keyfob/internal/profile"
)

// BenchmarkGateway measures the gateway beside a bare httputil.ReverseProxy that adds a fixed header, in turns within
// one run: requests a second and the median time of a request, by clients side by side, each on a connection of its
// own. It prints the two ratios, which are what counts: at least 0.9 of the requests, and at most 1.25 of the time.
func BenchmarkGateway(b *testing.B) {
	answer := []byte(`{"orders":[` + strings.Repeat(`{"id":1,"what":"a clock"},`, 40) + `{}]}`)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	defer api.Close()
	for _, clients := range []int{1, 8} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { compare(b, api.URL, clients) })
	}
}

func compare(b *testing.B, api string, clients int) {
	key, text := NewKey("bench")
	s, err := New(Options{Profile: profile.Profile{ID: "acme", API: &profile.API{BaseURLs: []string{api}}},
		Credentials: apicall.CredentialsOf(&tokens{}),
		Keys:        []Key{key}})
	if err != nil {
		b.Fatal(err)
	}
	ours, theirs := run(b, s)[0].URL()+"/orders", "http://"+bare(b, api)+"/orders"
	var rates, medians []float64
	for b.Loop() {
		const requests = 4000
		for _, warm := range []string{ours, theirs} {
			load(b, warm, text.Reveal(), clients, requests/8)
		}
		bareTook, bareMedian := load(b, theirs, text.Reveal(), clients, requests)
		took, median := load(b, ours, text.Reveal(), clients, requests)
		rates = append(rates, bareTook.Seconds()/took.Seconds())
		medians = append(medians, median.Seconds()/bareMedian.Seconds())
	}
	slices.Sort(rates)
	slices.Sort(medians)
	b.ReportMetric(rates[len(rates)/2], "of-bare-req/s")
	b.ReportMetric(medians[len(medians)/2], "of-bare-p50")
}

// bare is a proxy that does nothing but add a header.
func bare(b *testing.B, api string) (address string) {
	target, err := url.Parse(api)
	if err != nil {
		b.Fatal(err)
	}
	base := apicall.NewBase()
	b.Cleanup(base.CloseIdleConnections)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: base, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Header.Set("Authorization", "Bearer "+oldToken)
	}})
	b.Cleanup(proxy.Close)
	return proxy.Listener.Addr().String()
}

// load sends n requests by clients side by side, and returns how long all and how long the one in the middle took.
func load(b *testing.B, address, key string, clients, n int) (all, median time.Duration) {
	b.Helper()
	tr := &http.Transport{MaxIdleConnsPerHost: clients}
	defer tr.CloseIdleConnections()
	took := make([]time.Duration, n)
	began := time.Now()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c; i < n; i += clients {
				took[i] = one(b, tr, address, key)
			}
		})
	}
	wg.Wait()
	all = time.Since(began)
	slices.Sort(took)
	return all, took[n/2]
}

func one(b *testing.B, tr *http.Transport, address, key string) time.Duration {
	r, err := http.NewRequestWithContext(context.Background(), "GET", address, nil)
	if err != nil {
		b.Error(err)
		return 0
	}
	r.Header.Set(KeyHeader, key)
	began := time.Now()
	res, err := tr.RoundTrip(r)
	if err != nil {
		b.Error(err)
		return 0
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		b.Error(res.Status, err)
	}
	res.Body.Close()
	return time.Since(began)
}
