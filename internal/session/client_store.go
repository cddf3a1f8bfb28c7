package session

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"keyfob/internal/clock"
	"keyfob/internal/secret"
	"keyfob/internal/slots"
)

// A client has the place of its secret, and in that of the session its record. There is no second slot: what is lost
// with the record is one more request. The record is written before the secret, since it says whom that is for.
func secretKey(id string) string { return "secret/" + id }

func (c *client) keys() []string { return []string{secretKey(c.e.id), firstKey(c.e.id)} }

func (c *client) read(ctx context.Context, load slots.Loader, _ int) {
	s, r, err := c.stored(ctx, load)
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	if c.e.couldReadLocked(ctx, err) {
		c.foundLocked(s, r, c.core.now())
		c.core.changed()
	}
}

// stored reads both. A record that cannot be read counts as none; a secret of another client is not used.
func (c *client) stored(
	ctx context.Context, load slots.Loader,
) (s secret.Text, r clientRecord[secret.Text], err error) {
	data, err := load(ctx, secretKey(c.e.id))
	c.secretStored = !errors.Is(err, fs.ErrNotExist)
	switch {
	case !c.secretStored:
	case err != nil:
		return s, r, err
	case len(data) <= maxSecret:
		s = secret.New(string(data))
	}
	data, err = load(ctx, firstKey(c.e.id))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, r, nil
	case err != nil:
		return s, r, err
	}
	r, err = parseClient(data)
	if err != nil {
		c.core.log.Warn("stored token not usable", "id", c.e.id, "error", err)
		return s, r, nil
	}
	if r.Client != clientOf(c.e.profileNow()) {
		c.core.log.Warn("stored secret is another client's", "id", c.e.id)
		return secret.Text{}, clientRecord[secret.Text]{}, nil
	}
	return s, r, nil
}

// foundLocked: this was stored, or nothing.
func (c *client) foundLocked(s secret.Text, r clientRecord[secret.Text], now time.Time) {
	c.e.unread, c.secret, c.saved = false, s, true
	c.meter, c.written = r.meter(), r.meter()
	if h, ok := r.hand(r.AccessToken, now); ok && r.Grant == grantOf(c.e.profile) {
		c.takeLocked(h)
		c.due, c.quotas = time.Duration(r.Due)*time.Second, r.Quotas
		c.e.lastTry, c.e.refusals = h.held, r.Refusals
	}
	c.e.failures = r.Failures
	c.restLocked(now)
	if r.Problem == nil || s.Empty() {
		return
	}
	switch pause := r.pause(now); {
	case r.Refused == "" && pause > 0:
		c.e.quiet.Set(now, pause)
		c.e.settleLocked(judge(r.Problem).status, r.Problem)
	case r.Refused == refusal(c.e.profile, s):
		c.refused = r.Refused
		c.e.quiet.Set(now, clock.Forever)
		c.e.settleLocked(judge(r.Problem).status, r.Problem)
	}
}

// store makes the store hold what memory holds.
func (c *client) store(ctx context.Context) error {
	c.core.mu.Lock()
	given, s, unkept, counted := c.given, c.secret, c.unkept, c.meter
	data, err := c.recordLocked().encode()
	c.core.mu.Unlock()
	switch {
	case given:
		return nil
	case err != nil:
		return err
	}
	if err := c.core.keychain.Save(ctx, firstKey(c.e.id), data); err != nil {
		return err
	}
	if unkept {
		if err := c.storeSecret(ctx, s); err != nil {
			return err
		}
	}
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	c.written, c.unkept = counted, false
	return nil
}

func (c *client) storeSecret(ctx context.Context, s secret.Text) error {
	if s.Empty() {
		return c.eraseSecret(ctx)
	}
	c.secretStored = true
	return c.core.keychain.Save(ctx, secretKey(c.e.id), []byte(s.Reveal()))
}

func (c *client) eraseSecret(ctx context.Context) error {
	if !c.secretStored {
		return nil
	}
	if err := c.core.keychain.Delete(ctx, secretKey(c.e.id)); err != nil {
		return err
	}
	c.secretStored = false
	return nil
}

// erase deletes the secret first. A record that cannot be deleted is overwritten with one that holds nothing.
func (c *client) erase(ctx context.Context) error {
	if err := c.eraseSecret(ctx); err != nil {
		return err
	}
	err := c.core.keychain.Delete(ctx, firstKey(c.e.id))
	if err == nil {
		return nil
	}
	none, failed := record{}.encode()
	if failed == nil && c.core.keychain.Save(ctx, firstKey(c.e.id), none) == nil {
		return nil
	}
	return err
}

func (c *client) storedLocked(err error) {
	c.saved = err == nil && !c.given && !c.core.keychain.MemoryOnly()
}

func (c *client) heldLocked() (something, stored bool) {
	return !c.secret.Empty(), c.secret.Empty() || c.given || c.saved
}

// lastWordLocked: what was handed out without asking is written at the end. A write for each would be too much for a
// keychain.
func (c *client) lastWordLocked() bool { return !c.given && c.meter != c.written }

func (c *client) movedLocked(now time.Time) {
	if c.secret.Empty() || c.given {
		return
	}
	c.e.leftover = c.e.leftover || c.saved
	c.saved, c.unkept = false, true
	c.e.soilLocked(now)
}
