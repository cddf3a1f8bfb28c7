package oauthflow

import (
	"context"
	"sync"

	"keyfob/internal/profile"
	"keyfob/internal/ratelimit"
)

// rateLimits hold all requests to one provider, whichever of its endpoints they are for, to a number a second: the
// lowest that any of its profiles sets, because a provider that blocks an address does not ask which account it was.
type rateLimits struct {
	mu        sync.Mutex
	providers map[string]*providerLimit
}

// providerLimit is the rate limit of one provider.
type providerLimit struct {
	ratelimit.Limiter
	rates map[string]float64 // by profile, of those that set one; guarded by rateLimits.mu
}

// allowance is what a request carries in its context: whose it is, and how many of its kind are allowed.
type allowance struct {
	provider, profile string
	rate              float64 // a second; 0: the profile sets none
}

type allowanceKey struct{}

// limited is ctx for requests on behalf of p.
func limited(ctx context.Context, p profile.Profile) context.Context {
	rate := p.MaxRequestsPerSecond
	if rate == 0 {
		rate = needsOf(p).rate
	}
	return context.WithValue(ctx, allowanceKey{}, allowance{p.Host(), p.ID, rate})
}

// wait returns when a request may be sent, in the order of the calls. A request that ctx ends first was not sent, and
// does not count.
func (l *rateLimits) wait(ctx context.Context) error {
	a, ok := ctx.Value(allowanceKey{}).(allowance)
	if !ok {
		return nil
	}
	limiter, rate := l.of(a)
	if limiter.Wait(ctx, rate) != nil {
		return cancelled(ctx, a.provider)
	}
	return nil
}

// of finds the provider's limiter, and its rate; 0 where no profile sets one.
func (l *rateLimits) of(a allowance) (*ratelimit.Limiter, float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.providers[a.provider]
	if p == nil {
		p = &providerLimit{rates: map[string]float64{}}
		l.providers[a.provider] = p
	}
	if p.rates[a.profile] = a.rate; a.rate == 0 {
		delete(p.rates, a.profile)
	}
	lowest := 0.0
	for _, rate := range p.rates {
		if lowest == 0 || rate < lowest {
			lowest = rate
		}
	}
	return &p.Limiter, lowest
}
