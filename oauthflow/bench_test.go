package oauthflow

import (
	"errors"
	"testing"
	"time"

	"keyfob/internal/account"
)

var errEnough = errors.New("enough")

// BenchmarkPressToOpen is the way from the button to the address for the browser, with everything prepared. It makes no
// request.
func BenchmarkPressToOpen(b *testing.B) {
	p := newProvider(b)
	c := newClient(b, p)
	if err := c.Prepare(b.Context(), p.profile()); err != nil {
		b.Fatal(err)
	}
	before := p.count("")
	var opened time.Duration
	for b.Loop() {
		start := time.Now()
		_, _ = c.SignIn(b.Context(), p.profile(), SignInOptions{}, func(account.Attempt) error {
			opened += time.Since(start)
			return errEnough
		})
	}
	if n := p.count("") - before; n != 0 {
		b.Fatalf("%d requests before the browser opened", n)
	}
	b.ReportMetric(float64(opened.Microseconds())/float64(b.N), "µs-to-open/op")
}

// BenchmarkCallbackToDone is the way from the provider's response in the browser to the tokens. It makes one request.
func BenchmarkCallbackToDone(b *testing.B) {
	p := newProvider(b)
	c := newClient(b, p)
	if err := c.Prepare(b.Context(), p.profile()); err != nil {
		b.Fatal(err)
	}
	before, done, n := p.count(""), time.Duration(0), 0
	for b.Loop() {
		n++
		var back time.Time
		s := signIn(b, c, p.profile(), func(browser *browser, a account.Attempt) []visit {
			callback := callbackOf(browser, a)
			back = time.Now()
			return browser.follow(callback)
		})
		done += time.Since(back)
		if s.err != nil {
			b.Fatal(s.err)
		}
	}
	ours := p.count("") - before - p.count("/authorize")
	if ours != n {
		b.Fatalf("%d sign-ins made %d requests", n, ours)
	}
	b.ReportMetric(float64(ours)/float64(n), "requests/op")
	b.ReportMetric(float64(done.Microseconds())/float64(n), "µs-to-done/op")
}
