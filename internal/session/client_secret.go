package session

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/tasks"
)

// maxSecret is the longest client's secret, in bytes.
const maxSecret = 4 << 10

func (c *client) setSecret(ctx context.Context, s secret.Text, untried bool) error {
	return c.changeSecret(ctx, func(ctx context.Context, p profile.Profile) error {
		if untried {
			c.believe(s)
			return nil
		}
		return c.try(ctx, p, s)
	})
}

func (c *client) forgetSecret(ctx context.Context) error {
	return c.changeSecret(ctx, func(context.Context, profile.Profile) error {
		c.core.mu.Lock()
		defer c.core.mu.Unlock()
		c.forgetTokenLocked()
		c.secret, c.unkept = secret.Text{}, true
		c.mayWorkLocked(c.core.now())
		return nil
	})
}

// changeSecret has change made while nothing else is under way, and the store follow. Nothing is changed while nobody
// knows what the keychain holds.
func (c *client) changeSecret(ctx context.Context, change func(context.Context, profile.Profile) error) error {
	if !c.isGiven() {
		if err := c.core.canKeep(ctx); err != nil {
			return err
		}
	}
	return c.core.tasks.Do(ctx, func(ctx context.Context) error {
		if err := c.e.writing.Acquire(ctx); err != nil {
			return err
		}
		defer c.e.writing.Release()
		c.e.readHere(c.core.options.Attended(ctx), c.e.loadAlone(), 1)
		if c.e.isUnread() {
			return cmp.Or(c.core.keychain.Problem(), error(tasks.ErrEnding))
		}
		if err := c.e.stillHolds(c); err != nil {
			return err
		}
		err := change(ctx, c.e.profileNow())
		c.e.save(c.core.options.Attended(c.core.tasks.Late()))
		return err
	})
}

func (c *client) isGiven() bool {
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	return c.given
}

// try asks for a token with a new secret. The account's write lock is held.
func (c *client) try(ctx context.Context, p profile.Profile, s secret.Text) error {
	ctx, cancel := context.WithTimeout(ctx, renewDeadline)
	defer cancel()
	if err := c.mayTry(); err != nil {
		return err
	}
	t, err := c.core.options.Flow.ClientToken(ctx, p, s)
	if err == nil {
		c.answered(p, s, t, nil)
		return nil
	}
	return c.tried(p, s, fault.Of(err))
}

// mayTry tells why a secret cannot be tried now: the cap, or the provider's own limit.
func (c *client) mayTry() error {
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	now := c.core.now()
	if limit := c.cappedLocked(now); limit != nil {
		return limit
	}
	if c.e.quiet.Pending(now) && c.e.problem != nil && !c.e.problem.Until.IsZero() {
		return c.e.problem
	}
	return nil
}

// tried notes what a failed trial means for the secret that stays: only the provider's limits concern both.
func (c *client) tried(p profile.Profile, s secret.Text, why *fault.Error) error {
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	defer c.core.changed()
	now := c.core.now()
	if issued(why) {
		c.meter.asked(now)
	}
	why = marked(c.e.id, why)
	switch {
	case !why.Until.IsZero():
		c.notFetchedLocked(p, s, why, now)
	case why.Code == fault.SecretRefused && !c.secret.Empty():
		why = why.With("kept", "old")
	}
	c.core.log.Warn("secret not taken", "id", c.e.id, "code", why.Code)
	return why
}

// believe takes a secret as it is.
func (c *client) believe(s secret.Text) {
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	c.secret, c.unkept = s, true
	c.mayWorkLocked(c.core.now())
}

func (c *client) giveLocked(s secret.Text) {
	c.secret, c.given, c.e.unread = s, true, false
	c.restLocked(c.core.now())
}

// pasted is what came along when a secret was copied, as BadUsage; nil where nothing did. The text itself is never
// repeated.
func pasted(s secret.Text) error {
	if reason := comesAlong(s.Reveal()); reason != "" {
		return fault.New(fault.BadUsage, "limit", strconv.Itoa(maxSecret)).WithReason(reason)
	}
	return nil
}

func comesAlong(s string) fault.Reason {
	name, _, assigned := strings.Cut(s, "=")
	switch {
	case s == "":
		return fault.UsageSecretEmpty
	case len(s) > maxSecret:
		return fault.UsageSecretTooLong
	case !utf8.ValidString(s):
		return fault.UsageSecretNotText
	}
	switch display.StrayIn(s) {
	case display.StrayCurly:
		return fault.UsageSecretCurlyQuote
	case display.StrayLineEnd:
		return fault.UsageSecretLineEnd
	case display.StrayBlank:
		return fault.UsageSecretBlank
	case display.StrayInvisible:
		return fault.UsageSecretInvisible
	case display.NoStray:
	}
	switch {
	case assigned && strings.EqualFold(strings.Trim(name, ` "'`), "client_secret"):
		return fault.UsageSecretAssigned
	case display.Quoted(s, `"`):
		return fault.UsageSecretQuoted
	}
	return ""
}
