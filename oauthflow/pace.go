package oauthflow

import (
	"context"
	"sync"

	"keyfob/internal/profile"
	"keyfob/internal/ratelimit"
)

// usualPace is how many requests a second a program's own account makes where its profile does not say: far below the
// fifty that make some providers block an address. People do not sign in that often.
const usualPace = 10

// pacer holds all requests to one provider, whichever of its endpoints they are for, to a number a second: the lowest
// that any of its profiles sets, since those who block an address do not ask which account it was. As many may go at
// once; what is never exceeded is the number in a second, wherever that second begins.
type pacer struct {
	mu    sync.Mutex
	lines map[string]*line // by provider
}

// line is where the requests to one provider wait.
type line struct {
	ratelimit.Line
	rates map[string]float64 // by profile, of those that set one; the pacer's lock is around it
}

// allowance is what the requests of a profile have with them.
type allowance struct {
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
	return context.WithValue(ctx, paceKey{}, allowance{p.Host(), p.ID, rate})
}

// wait returns when a request may go, in the order in which they came. One that ctx ends first has not gone: it took
// nobody's place, and whatever it would have spent is as good as before.
func (p *pacer) wait(ctx context.Context) error {
	of, ok := ctx.Value(paceKey{}).(allowance)
	if !ok {
		return nil
	}
	l, rate := p.line(of)
	if l.Wait(ctx, rate) != nil {
		return cancelled(ctx, of.provider)
	}
	return nil
}

// line finds the provider's, and the number that holds there; 0 where nobody sets one.
func (p *pacer) line(of allowance) (*line, float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lines[of.provider]
	if l == nil {
		l = &line{rates: map[string]float64{}}
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
