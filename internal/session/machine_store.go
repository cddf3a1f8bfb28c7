package session

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// A machine has the place of its secret, and in that of the session its record. There is no second slot: what is lost
// with the record is one more request. The record is written before the secret, since it says whom that is for.
func secretSlot(id string) string { return "secret/" + id }

// beside is the slot that an account has beside the first.
func (k *Keeper) beside(e *entry) string {
	if k.machineOf(e) != nil {
		return secretSlot(e.id)
	}
	return secondSlot(e.id)
}

// readMachine loads secret and record. The account's gate is held.
func (k *Keeper) readMachine(ctx context.Context, e *entry, load loader) {
	s, r, err := k.storedMachine(ctx, e, load)
	k.mu.Lock()
	defer k.mu.Unlock()
	if ctx.Err() != nil || !e.unread {
		return
	}
	defer k.changed()
	switch {
	case err != nil && k.keychain.State == account.KeychainChecking: // the probe will say why, or it is read again
	case err != nil:
		e.cannotRead(fault.Of(err))
	default:
		e.foundMachine(s, r, k.now())
	}
}

// storedMachine reads both. A record that cannot be read counts as none; a secret of another client is not used.
func (k *Keeper) storedMachine(
	ctx context.Context, e *entry, load loader,
) (s secret.Text, r machineRecord[secret.Text], err error) {
	data, err := load(ctx, secretSlot(e.id))
	e.secretKept = !errors.Is(err, fs.ErrNotExist)
	switch {
	case !e.secretKept:
	case k.noted(err) != nil:
		return s, r, err
	case len(data) <= maxSecret:
		s = secret.New(string(data))
	}
	data, err = load(ctx, firstSlot(e.id))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, r, nil
	case k.noted(err) != nil:
		return s, r, err
	}
	r, err = parseMachine(data)
	if err != nil {
		k.log.Warn("stored token not usable", "id", e.id, "error", err)
		return s, r, nil
	}
	if r.Client != clientOf(k.profileOf(e)) {
		k.log.Warn("stored secret is another client's", "id", e.id)
		return secret.Text{}, machineRecord[secret.Text]{}, nil
	}
	return s, r, nil
}

// foundMachine: this was stored, or nothing. Keeper.mu is held.
func (e *entry) foundMachine(s secret.Text, r machineRecord[secret.Text], now time.Time) {
	m := e.machine
	e.unread, m.secret, m.saved = false, s, true
	m.meter, m.written = r.meter(), r.meter()
	if t, ok := r.hand(r.AccessToken, now); ok && r.Grant == grantOf(e.profile) {
		m.token, m.scope, m.due, m.quotas = t, r.Scope, time.Duration(r.Due)*time.Second, r.Quotas
		e.lastTry, e.refusals = t.held, r.Refusals
	}
	e.failures = r.Failures
	e.restAsMachine(now)
	if r.Problem == nil || s.Empty() {
		return
	}
	switch pause := r.pause(now); {
	case r.Refused == "" && pause > 0:
		e.quiet.set(now, pause)
		e.settle(judge(r.Problem).status, r.Problem)
	case r.Refused == refusal(e.profile, s):
		m.refused = r.Refused
		e.quiet.set(now, forever)
		e.settle(judge(r.Problem).status, r.Problem)
	}
}

// writeMachine makes the store hold what memory holds. The account's gate is held.
func (k *Keeper) writeMachine(ctx context.Context, e *entry) error {
	k.mu.Lock()
	m := e.machine
	given, s, unkept, counted := m.given, m.secret, m.unkept, m.meter
	data, err := e.machineRecord().encode()
	k.mu.Unlock()
	switch {
	case given:
		return nil
	case err != nil:
		return fault.Of(err)
	}
	if err := k.noted(k.store().Save(ctx, firstSlot(e.id), data)); err != nil {
		return err
	}
	if unkept {
		if err := k.writeSecret(ctx, e, s); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	m.written, m.unkept = counted, false
	return nil
}

func (k *Keeper) writeSecret(ctx context.Context, e *entry, s secret.Text) error {
	if s.Empty() {
		return k.eraseSecret(ctx, e)
	}
	e.secretKept = true
	return k.noted(k.store().Save(ctx, secretSlot(e.id), []byte(s.Reveal())))
}

func (k *Keeper) eraseSecret(ctx context.Context, e *entry) error {
	if !e.secretKept {
		return nil
	}
	if err := k.remove(ctx, k.store(), secretSlot(e.id)); err != nil {
		return err
	}
	e.secretKept = false
	return nil
}

// keepMachine is writeMachine, and notes what came of it.
func (k *Keeper) keepMachine(ctx context.Context, e *entry) {
	err := k.writeMachine(ctx, e)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrote(e, err)
	k.changed()
}

// keepMeters writes at the end what was handed out without asking: a write for each would be too much for a keychain.
func (k *Keeper) keepMeters() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range k.order {
		m := e.machine
		if m == nil || m.given || e.unread || m.meter == m.written || k.keychain.State == account.KeychainUnusable {
			continue
		}
		k.startLocked(func() {
			if e.gate.enter(k.late) == nil {
				defer e.gate.leave()
				k.keepMachine(k.late, e)
			}
		})
	}
}

// swapMachine takes over a new profile. What the provider refused before may work now; a token for something else is
// of no use any more. k.mu is held.
func (k *Keeper) swapMachine(e *entry, old profile.Profile, now time.Time) {
	m := e.machine
	switch {
	case m == nil && old.Machine():
		e.foundNothing(nil)
		return
	case m == nil || e.unread:
		return
	}
	if grantOf(old) != grantOf(e.profile) {
		m.token, m.notices = token{}, nil
	}
	k.mayWork(e, now)
}

// keepReplaced has the store follow a changed profile of a machine. The account's gate is held.
func (k *Keeper) keepReplaced(ctx context.Context, e *entry, old, p profile.Profile) {
	var err error
	e.secretKept = true // or may be, where nobody could look
	if clientOf(old) != clientOf(p) || !p.Machine() {
		err = k.erase(ctx, e)
	} else if !k.isUnread(e) {
		err = k.writeMachine(ctx, e)
	}
	k.forgotten(e, err)
}

// hasSecret tells whether memory holds a machine's secret.
func (e *entry) hasSecret() bool { return e.machine != nil && !e.machine.secret.Empty() }

func (e *entry) unkeptMachine() bool { return e.hasSecret() && !e.machine.given && !e.machine.saved }

// moveMachine: sessions are kept elsewhere from now on. Keeper.mu is held.
func (e *entry) moveMachine(now time.Time) {
	if !e.hasSecret() || e.machine.given {
		return
	}
	e.leftover = e.leftover || e.machine.saved
	e.machine.saved, e.machine.unkept = false, true
	e.soil(now)
}

// give hands a machine the secret that came with the program's start. k.mu is held.
func (k *Keeper) give(e *entry) {
	s := k.options.Secrets[e.id]
	switch {
	case s.Empty():
		return
	case e.machine == nil:
		k.log.Warn("a secret for an account of people is of no use", "id", e.id)
		return
	}
	e.machine.secret, e.machine.given, e.unread = s, true, false
	e.restAsMachine(k.now())
}

// secretsHaveAccounts makes sure of that: a name that is wrong would show as an account without secret, and a profile
// that came later would get a secret that nobody meant for it.
func (k *Keeper) secretsHaveAccounts() error {
	for id, s := range k.options.Secrets {
		if _, err := k.find(id); err != nil {
			return err
		}
		if what := pasted(s.Reveal()); what != "" {
			return fault.New(fault.BadUsage, "reason", id+": "+what)
		}
	}
	return nil
}
