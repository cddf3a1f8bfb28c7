package oauthflow

import (
	"context"
	"sync"
	"time"

	"keyfob/profile"
)

const (
	// usualPace is how many requests a second a program's own account makes where its profile does not say: far below
	// the fifty that make some providers block an address. People do not sign in that often.
	usualPace = 10
	mostPace  = 100 // is remembered; who sets more gets this
)

// pacer holds all requests to one provider, whichever of its endpoints they are for, to a number a second: the lowest
// that any of its profiles sets, since those who block an address do not ask which account it was. As many may go at
// once; what is never exceeded is the number in a second, wherever that second begins.
type pacer struct {
	mu    sync.Mutex
	lines map[string]*line // by provider
}

// line is where the requests to one provider wait.
type line struct {
	provider string
	rates    map[string]float64 // by profile, of those that set one; the pacer's lock is around it
	first    chan struct{}      // of one place: whoever fills it goes next
	gone     []time.Time        // when the last ones went, oldest first; for who is first
}

// pace is what the requests of a profile have with them.
type pace struct {
	provider, profile string
	rate              float64 // a second; 0: the profile sets none
}

type paceKey struct{}

// paced is ctx for requests on behalf of p.
func paced(ctx context.Context, p profile.Profile) context.Context {
	rate := p.MaxRequestsPerSecond
	if rate == 0 && p.Machine() {
		rate = usualPace
	}
	return context.WithValue(ctx, paceKey{}, pace{p.Host(), p.ID, rate})
}

// wait returns when a request may go, in the order in which they came. One that ctx ends first has not gone: it took
// nobody's place, and whatever it would have spent is as good as before.
func (p *pacer) wait(ctx context.Context) error {
	of, ok := ctx.Value(paceKey{}).(pace)
	if !ok {
		return nil
	}
	l, rate := p.line(of)
	if rate == 0 {
		return nil
	}
	select {
	case l.first <- struct{}{}:
		defer func() { <-l.first }()
		return l.next(ctx, min(rate, mostPace))
	case <-ctx.Done():
		return cancelled(ctx, l.provider)
	}
}

// line finds the provider's, and the number that holds there; 0 where nobody sets one.
func (p *pacer) line(of pace) (*line, float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lines[of.provider]
	if l == nil {
		l = &line{provider: of.provider, rates: map[string]float64{}, first: make(chan struct{}, 1)}
		p.lines[of.provider] = l
	}
	if l.rates[of.profile] = of.rate; of.rate == 0 {
		delete(l.rates, of.profile)
	}
	lowest := 0.0
	for _, rate := range l.rates {
		if lowest == 0 || rate < lowest {
			lowest = rate
		}
	}
	return l, lowest
}

// next waits until the window before now has room for one more request.
func (l *line) next(ctx context.Context, rate float64) error {
	most, window := 1, time.Duration(float64(time.Second)/rate)
	if rate >= 1 {
		most, window = int(rate), time.Second
	}
	if n := len(l.gone); n >= most {
		if err := l.rest(ctx, window-time.Since(l.gone[n-most])); err != nil {
			return err
		}
	}
	l.gone = append(l.gone[max(0, len(l.gone)-mostPace+1):], time.Now())
	return nil
}

func (l *line) rest(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return cancelled(ctx, l.provider)
	}
}
