package session

import (
	"context"
	"errors"
	"time"

	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

func (c *client) fetchLocked(now time.Time) func(context.Context) {
	if !c.mayFetchLocked(now) {
		return nil
	}
	seen := c.access
	return func(ctx context.Context) { c.fetch(ctx, seen) }
}

// fetch is one token request, from the look whether it is still needed to the saved result.
func (c *client) fetch(ctx context.Context, seen secret.Text) {
	if c.e.writing.Acquire(ctx) != nil {
		return
	}
	defer c.e.writing.Release()
	p, s, ok := c.stillNeeded(seen)
	if !ok {
		return
	}
	t, err := c.core.options.Flow.ClientToken(ctx, p, s)
	if errors.Is(ctx.Err(), context.Canceled) && err != nil { // Keyfob ends: it says nothing
		return
	}
	c.answered(p, s, t, err)
	c.e.save(c.core.tasks.Late())
}

func (c *client) stillNeeded(seen secret.Text) (profile.Profile, secret.Text, bool) {
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	ok := !c.core.tasks.Ending() && c.e.holding == c && c.access.Equal(seen) && c.mayFetchLocked(c.core.now())
	return c.e.profile, c.secret, ok
}

// answered takes over what a request with s has given, or why it has given nothing.
func (c *client) answered(p profile.Profile, s secret.Text, t *oauthflow.Tokens, err error) {
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	defer c.core.changed()
	now := c.core.now()
	if issued(err) {
		c.meter.asked(now)
	}
	if err != nil {
		c.notFetchedLocked(p, s, fault.Of(err), now)
		return
	}
	c.takeLocked(newHand(t, now))
	c.notices, c.quotas = noticesOf(t, c.e.host), t.Quotas
	c.due = time.Duration((renewShare + renewJitter*c.core.options.Rand()) * float64(c.lifetime))
	if !c.secret.Equal(s) {
		c.secret, c.unkept = s, true
	}
	c.mayWorkLocked(now)
	c.e.lastTry = now
	c.core.log.Info("token fetched", "id", c.e.id, "until", t.Expiry.UTC(), "month", c.meter.month)
}

// takeLocked takes over a token. Where an API refuses one after the other, those that live for long come more seldom
// than others: they are counted.
func (c *client) takeLocked(h hand) {
	c.hand = h
	c.e.spacesMost = max(refusedMost, h.lifetime/earliest)
}

// issued tells whether the provider has given a token, or may have: it counts those that nobody could read as well.
func issued(err error) bool {
	return err == nil || answerLost(err) || fault.CodeOf(err) == fault.TokenResponse
}

// notFetchedLocked says why there is no new token, and until when nobody asks for one: a while, longer each time, or
// until the secret or the profile changes.
func (c *client) notFetchedLocked(p profile.Profile, s secret.Text, why *fault.Error, now time.Time) {
	c.core.log.Warn("no token fetched", "id", c.e.id, "code", why.Code, "detail", why.Detail)
	v, pause := judge(why), clock.Forever
	if v.again {
		pause = c.core.patience(why, v.status, c.e.failures, now)
	} else {
		c.refused = refusal(p, s)
	}
	c.e.notRenewedLocked(marked(c.e.id, why), verdict{status: v.status}, now, pauses{callers: pause})
}

// marked is why, with the mark of an account that is nobody's sign-in: it has words of its own.
func marked(id string, why *fault.Error) *fault.Error {
	if why.Code != fault.ClientRefused {
		return why
	}
	return why.With("client", id)
}
