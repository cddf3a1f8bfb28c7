package session

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// machine is what an account holds whose profile is for a program of its own: nobody signs in, and there is no refresh
// token. A token is asked for with the client's secret when a caller needs one and none in hand will do, never before:
// providers count and bill them. Keeper.mu guards it; only the holder of the account's gate changes secret and token.
type machine struct {
	token
	scope   string        // what the token was granted for
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
}

// machineOf is what e holds of a machine; nil where e is for people.
func (k *Keeper) machineOf(e *entry) *machine {
	k.mu.Lock()
	defer k.mu.Unlock()
	return e.machine
}

// covers tells whether the token in hand will do for a caller who asks for minValid. One that is asked for longer than
// the provider ever gives is content with any: the next would not do either. And nobody gets another in the first third
// of a token's life, so that a loop costs three times what one token after the other does, and not all of the month's.
func (m *machine) covers(now time.Time, minValid time.Duration) bool {
	if minValid >= m.lifetime {
		minValid = 0
	}
	return m.token.covers(now, min(minValid, m.lifetime-m.lifetime/earliest))
}

// earliest is the part of a token's life before which no caller has it replaced, however long theirs is to be good for.
const earliest = 3

// reuse counts that the token in hand was handed out, and begins to replace one that grows old. The caller does not
// wait for that. k.mu is held.
func (k *Keeper) reuse(e *entry, now time.Time) {
	m := e.machine
	m.meter.spared(now)
	if m.age(now) >= m.due {
		k.renewForCaller(e, now, false)
	}
}

// mayAsk tells whether a token may be asked for: there is a secret, and the profile's cap is not reached. k.mu is held.
func (k *Keeper) mayAsk(e *entry, now time.Time) bool {
	if e.machine.secret.Empty() {
		return false
	}
	limit := e.capped(now)
	if limit != nil && (e.problem == nil || e.problem.Code != limit.Code) {
		e.restAsMachine(now)
		k.changed()
	}
	return limit == nil
}

// capped is CapReached if no more tokens may be asked for this month, by the profile; nil if they may.
func (e *entry) capped(now time.Time) *fault.Error {
	meter := e.meter(now)
	if meter.Limit == 0 || meter.Left() > 0 {
		return nil
	}
	return fault.New(fault.CapReached, e.capArgs(meter)...).WithUntil(meter.Resets)
}

func (e *entry) meter(now time.Time) account.Meter {
	return e.machine.meter.account(now, e.profile.MonthlyTokenLimit)
}

func (e *entry) capArgs(m account.Meter) []string {
	return []string{
		"used", strconv.Itoa(m.Month), "limit", strconv.Itoa(m.Limit),
	}
}

// restAsMachine brings the account to rest in what it is while no request has failed. Keeper.mu is held.
func (e *entry) restAsMachine(now time.Time) {
	e.renew.stop()
	limit := e.capped(now)
	switch {
	case e.machine.secret.Empty():
		e.settle(account.NeedsSignIn, fault.New(fault.SecretMissing, "id", e.id))
	case limit != nil:
		e.settle(account.Limited, limit)
		e.renew.set(now, e.meter(now).Resets.Sub(now.Round(0)))
	default:
		e.settle(account.SignedIn, nil)
	}
}

// monthOver looks again at an account that was capped.
func (e *entry) monthOver(now time.Time) {
	e.renew.stop()
	if e.problem != nil && e.problem.Code == fault.CapReached {
		e.restAsMachine(now)
	}
}

// fetch is one token request, from the look whether it is still needed to the saved result.
func (k *Keeper) fetch(ctx context.Context, e *entry, m *machine, seen secret.Text) {
	if e.gate.enter(ctx) != nil {
		return
	}
	defer e.gate.leave()
	p, s, ok := k.stillNeeded(e, m, seen)
	if !ok {
		return
	}
	t, err := k.options.Flow.ClientToken(ctx, p, s)
	if errors.Is(ctx.Err(), context.Canceled) && err != nil { // Keyfob ends: it says nothing
		return
	}
	k.answered(e, p, s, t, err)
	k.keepMachine(k.late, e)
}

func (k *Keeper) stillNeeded(e *entry, m *machine, seen secret.Text) (profile.Profile, secret.Text, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ok := !k.closing && e.machine == m && m.access.Equal(seen) && k.mayAsk(e, k.now())
	return e.profile, m.secret, ok
}

// answered takes over what a request with s has given, or why it has given nothing.
func (k *Keeper) answered(e *entry, p profile.Profile, s secret.Text, t *oauthflow.Tokens, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer k.changed()
	now, m := k.now(), e.machine
	if issued(err) {
		m.meter.asked(now)
	}
	if err != nil {
		k.notFetched(e, p, s, fault.Of(err), now)
		return
	}
	m.token, m.scope, m.notices, m.quotas = newToken(t, now), t.Scope, clockNotice(t), t.Quotas
	m.due = time.Duration((renewShare + renewJitter*k.options.Rand()) * float64(m.lifetime))
	if !m.secret.Equal(s) {
		m.secret, m.unkept = s, true
	}
	k.mayWork(e, now)
	e.lastTry = now
	k.log.Info("token fetched", "id", e.id, "until", t.Expiry.UTC(), "month", m.meter.month)
}

// issued tells whether the provider has given a token, or may have: it counts those that nobody could read as well.
func issued(err error) bool {
	return err == nil || answerLost(err) || fault.CodeOf(err) == fault.TokenResponse
}

// mayWork forgets what was refused and what has failed: something has changed. k.mu is held.
func (k *Keeper) mayWork(e *entry, now time.Time) {
	e.machine.refused, e.failures, e.lastTry = "", 0, time.Time{}
	e.quiet.stop()
	e.restAsMachine(now)
}

// notFetched says why there is no new token, and until when nobody asks for one: a while, longer each time, or until the
// secret or the profile changes. k.mu is held.
func (k *Keeper) notFetched(e *entry, p profile.Profile, s secret.Text, why *fault.Error, now time.Time) {
	k.log.Warn("no token fetched", "id", e.id, "code", why.Code, "detail", why.Detail)
	v, pause := judge(why), forever
	if v.again {
		pause = k.patience(why, v.status, e.failures, now)
	} else {
		e.machine.refused = refusal(p, s)
	}
	e.notRenewed(ofMachine(e.id, why), verdict{status: v.status}, now, pauses{callers: pause})
}

// ofMachine is why, with the mark of an account that is nobody's sign-in: it has words of its own.
func ofMachine(id string, why *fault.Error) *fault.Error {
	if why.Code != fault.ClientRefused {
		return why
	}
	marked := *why
	marked.Args = maps.Clone(why.Args)
	marked.Args["client"] = id
	return &marked
}

// endMachine forgets the token, and with the account (where it does not stay) all else. Nobody is to be told: what was
// given without a person ends by itself. The account's gate is held.
func (k *Keeper) endMachine(ctx context.Context, e *entry, stays bool) account.SignOutReport {
	report := account.SignOutReport{NoRevoke: true}
	given := k.forgetToken(e, stays, &report)
	var err error
	switch {
	case given:
	case stays:
		err = k.writeMachine(ctx, e)
	default:
		err = k.erase(ctx, e)
	}
	if err != nil {
		report.Problem = fault.Of(err)
	}
	report.Deleted = err == nil
	k.forgotten(e, err)
	k.log.Info("token forgotten", "id", e.id, "deleted", report.Deleted)
	return report
}

func (k *Keeper) forgetToken(e *entry, stays bool, report *account.SignOutReport) (given bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, m := k.now(), e.machine
	if m.left(now) > 0 {
		report.ValidUntil = m.handOut(now, "").Expiry
	}
	m.token, m.notices, e.lastTry = token{}, nil, time.Time{}
	if !stays {
		m.secret, m.unkept = secret.Text{}, true
	}
	if e.failures == 0 {
		e.restAsMachine(now)
	}
	return m.given
}

// describeMachine fills in what a face shows of a machine. Keeper.mu is held.
func (e *entry) describeMachine(a *account.Account, keychain account.KeychainState, now time.Time) {
	m := e.machine
	a.Renews, a.Saved, a.Notices = !m.secret.Empty(), m.saved, m.notices
	if m.left(now) > 0 {
		a.Until = m.handOut(now, "").Expiry
	}
	meter := e.meter(now)
	a.Machine = &account.Machine{
		Secret: !m.secret.Empty(), Lifetime: int64(m.lifetime.Seconds()), Meter: meter, Quotas: m.quotas,
	}
	if meter.Near() {
		a.Notices = append([]*fault.Error{fault.New(fault.CapNear, e.capArgs(meter)...).WithUntil(meter.Resets)}, a.Notices...)
	}
	if a.Renews && !m.saved && !m.given && keychain != account.KeychainMemoryOnly {
		a.Notices = append([]*fault.Error{fault.New(fault.NotSaved, "client", e.id)}, a.Notices...)
	}
}
