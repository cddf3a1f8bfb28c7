package oauthflow

import (
	"context"
	"time"

	"keyfob/internal/display"
	"keyfob/profile"
)

// usualPace is how many token requests a second one provider gets where the profile does not say: far below the fifty
// that make some block an address.
const usualPace = 10

// pace waits until one more token request to that endpoint's host may be made. Requests of all profiles there follow
// each other at even distances.
func (c *Client) pace(ctx context.Context, p profile.Profile, endpoint string) error {
	rate := float64(usualPace)
	if p.MaxRequestsPerSecond > 0 {
		rate = min(rate, p.MaxRequestsPerSecond)
	}
	host := display.Host(endpoint)
	wait := c.turn(host, time.Duration(float64(time.Second)/rate))
	if wait <= 0 {
		return nil
	}
	select {
	case <-c.after(wait):
		return nil
	case <-ctx.Done():
		return cancelled(ctx, host)
	}
}

// turn takes the next place in a host's line, and tells how far off it is.
func (c *Client) turn(host string, distance time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	at := now
	if next := c.turns[host]; next.After(now) {
		at = next
	}
	c.turns[host] = at.Add(distance)
	return at.Sub(now)
}
