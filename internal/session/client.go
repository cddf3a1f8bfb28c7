package session

import (
	"context"
	"strconv"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// client is the holding of an account whose profile is for a program of its own: nobody signs in, and there is no
// refresh token. A token is asked for with the client's secret when a caller needs one and none in hand will do, never
// before: providers count and bill them.
type client struct {
	e    *entry
	core *core

	// core.mu guards what follows. Only who has the account's write lock changes secret and token.

	hand
	due     time.Duration // the token's age from which the next one is asked for; drawn once for each
	notices []*fault.Error
	quotas  []account.Quota

	secret  secret.Text
	unkept  bool   // the store does not hold the secret as it is here
	given   bool   // it came with the program's start: nothing is stored
	refused string // what the provider said no to for good; see refusal. Empty: nothing

	meter   meter
	written meter // as it is stored
	saved   bool  // the keychain holds secret and token

	secretStored bool // the store holds a secret, or may; the account's write lock guards it
}

func newClient(e *entry) holding { return &client{e: e, core: e.core, secretStored: true} }

func (c *client) handLocked() *hand { return &c.hand }

// earliest is the part of a token's life before which no caller has it replaced, however long theirs is to be good for.
const earliest = 3

// coversLocked tells whether the token in hand will do for a caller who asks for minValid. One that is asked for longer
// than the provider ever gives is content with any: the next would not do either. And nobody gets another in the first
// third of a token's life, so that a loop costs three times what one token after the other does, and not all of the
// month's.
func (c *client) coversLocked(now time.Time, minValid time.Duration) bool {
	if minValid >= c.lifetime {
		minValid = 0
	}
	return c.hand.covers(now, min(minValid, c.lifetime-c.lifetime/earliest))
}

// serveLocked counts that the token in hand was handed out, and begins to replace one that grows old. The caller does
// not wait for that.
func (c *client) serveLocked(now time.Time, minValid time.Duration) bool {
	if !c.coversLocked(now, minValid) {
		return false
	}
	c.meter.spared(now)
	if c.age(now) >= c.due {
		c.e.renewForCallerLocked(now, false)
	}
	return true
}

func (c *client) byItself() bool { return false }

// mayFetchLocked tells whether a token may be asked for: there is a secret, and the profile's cap is not reached.
func (c *client) mayFetchLocked(now time.Time) bool {
	if c.secret.Empty() {
		return false
	}
	limit := c.cappedLocked(now)
	if limit != nil && (c.e.problem == nil || c.e.problem.Code != limit.Code) {
		c.restLocked(now)
		c.core.changed()
	}
	return limit == nil
}

// cappedLocked is CapReached if no more tokens may be asked for this month, by the profile; nil if they may.
func (c *client) cappedLocked(now time.Time) *fault.Error {
	meter := c.meterLocked(now)
	if meter.Limit == 0 || meter.Left() > 0 {
		return nil
	}
	return fault.New(fault.CapReached, capArgs(meter)...).WithUntil(meter.Resets)
}

func (c *client) meterLocked(now time.Time) account.Meter {
	return c.meter.account(now, c.e.profile.MonthlyTokenLimit)
}

func capArgs(m account.Meter) []string {
	return []string{"used", strconv.Itoa(m.Month), "limit", strconv.Itoa(m.Limit)}
}

// restLocked brings the account to rest in what it is while no request has failed.
func (c *client) restLocked(now time.Time) {
	c.e.renew.Stop()
	limit := c.cappedLocked(now)
	switch {
	case c.secret.Empty():
		c.e.settleLocked(c.emptyLocked())
	case limit != nil:
		c.e.settleLocked(account.Limited, limit)
		c.e.renew.Set(now, c.meterLocked(now).Resets.Sub(now.Round(0)))
	default:
		c.e.settleLocked(account.SignedIn, nil)
	}
}

func (c *client) emptyLocked() (account.Status, *fault.Error) {
	return account.NeedsSignIn, fault.New(fault.SecretMissing, "id", c.e.id)
}

// dueLocked looks again at an account that was capped, when the month is over.
func (c *client) dueLocked(now time.Time) time.Duration {
	if wait := c.e.renew.Remaining(now); wait > 0 {
		return wait
	}
	c.e.renew.Stop()
	if c.e.problem != nil && c.e.problem.Code == fault.CapReached {
		c.restLocked(now)
	}
	c.core.changed()
	return clock.Forever
}

// mayWorkLocked forgets what was refused and what has failed: something has changed.
func (c *client) mayWorkLocked(now time.Time) {
	c.refused, c.e.failures, c.e.lastTry = "", 0, time.Time{}
	c.e.quiet.Stop()
	c.restLocked(now)
}

// forgetTokenLocked lets go of the token in hand.
func (c *client) forgetTokenLocked() {
	c.takeLocked(hand{})
	c.notices = nil
}

// profileChangedLocked: what the provider refused before may work now; a token for something else is of no use any
// more; and a secret is for its own client alone.
func (c *client) profileChangedLocked(old profile.Profile, now time.Time) (bool, func(context.Context) error) {
	if !needsSecret(c.e.profile) || clientOf(old) != clientOf(c.e.profile) {
		return false, func(ctx context.Context) error { return c.e.eraseAll(ctx, c) }
	}
	if c.e.unread {
		return true, nil
	}
	if grantOf(old) != grantOf(c.e.profile) {
		c.forgetTokenLocked()
	}
	c.mayWorkLocked(now)
	return true, c.store
}

// end forgets the token, and with the account (where it goes) all else. Nobody is to be told: what was given without a
// person ends by itself.
func (c *client) end(ctx context.Context, removed bool) account.SignOutReport {
	report := account.SignOutReport{NoRevoke: true}
	given := c.forget(removed, &report)
	ctx = c.core.options.Attended(ctx)
	var err error
	switch {
	case given:
	case removed:
		err = c.e.eraseAll(ctx, c)
	default:
		err = c.store(ctx)
	}
	if err != nil {
		report.Problem = fault.Of(err)
	}
	report.Deleted = err == nil
	c.e.wrote(err)
	c.core.log.Info("token forgotten", "id", c.e.id, "deleted", report.Deleted)
	return report
}

func (c *client) forget(removed bool, report *account.SignOutReport) (given bool) {
	c.core.mu.Lock()
	defer c.core.mu.Unlock()
	now := c.core.now()
	if c.remaining(now) > 0 {
		report.ValidUntil = c.handOut(now).Expiry
	}
	c.forgetTokenLocked()
	c.e.lastTry = time.Time{}
	if removed {
		c.secret, c.unkept = secret.Text{}, true
	}
	if c.e.failures == 0 {
		c.restLocked(now)
	}
	return c.given
}

func (c *client) describeLocked(a *account.Account, now time.Time) {
	a.Renews, a.Saved, a.Notices = !c.secret.Empty(), c.saved, c.notices
	if c.remaining(now) > 0 {
		a.Until = c.handOut(now).Expiry
	}
	meter := c.meterLocked(now)
	a.Machine = &account.Machine{
		Secret: !c.secret.Empty(), Lifetime: int64(c.lifetime.Seconds()), Meter: meter, Quotas: c.quotas,
	}
	if meter.Near() {
		near := fault.New(fault.CapNear, capArgs(meter)...).WithUntil(meter.Resets)
		a.Notices = append([]*fault.Error{near}, a.Notices...)
	}
	if a.Renews && !c.saved && !c.given && !c.core.keychain.MemoryOnly() {
		a.Notices = append([]*fault.Error{fault.New(fault.NotSaved, "client", c.e.id)}, a.Notices...)
	}
	a.Actions = c.actionsLocked(a.Status)
}

// actionsLocked is what can be done in that state; account.Action has the rules.
func (c *client) actionsLocked(now account.Status) []account.Action {
	can := []account.Action{account.ActSetSecret}
	if !c.secret.Empty() {
		can = append(can, account.ActForgetSecret)
	}
	if now.HasSession() {
		can = append(can, account.ActForgetToken)
	}
	return can
}
