package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// attempt is one sign-in under way. Any number of callers may wait for it; it belongs to none of them.
type attempt struct {
	cancel context.CancelFunc
	ready  chan struct{} // closed when info is known: the browser may be opened
	done   chan struct{} // closed when it is over
	info   account.Attempt
	open   bool // info is known; guarded by Keeper.mu
	err    error
}

// SignIn has a person sign in. open gets the URL for the browser as soon as there is one; opening it is the caller's
// affair, and a browser that does not open does not end the attempt: the URL is in the snapshots too.
//
// Where an attempt is under way the caller joins it, and gets the same URL. ctx bounds only the caller's waiting: the
// attempt goes on until somebody comes back from the browser, Cancel is called, or its time is over.
//
// Nothing that is stored is replaced before all checks have passed. Where nothing can be kept (no usable keychain, and
// nobody chose memory only) the keychain's fault is the answer, and no URL is made. Somebody else than before is
// refused with DifferentPerson, unless another account was asked for.
func (k *Keeper) SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error {
	e, err := k.settled(ctx, id)
	if err != nil {
		return err
	}
	if m := k.machineOf(e); m != nil {
		return fault.New(fault.BadUsage, "reason", "nobody signs in to "+id+": it is a program's own account, with a secret")
	}
	if err := k.canKeep(ctx); err != nil {
		return err
	}
	a, err := k.attempt(e, another)
	if err != nil {
		return err
	}
	select {
	case <-a.ready:
		if err := open(a.info); err != nil {
			k.log.Warn("sign-in waits for a browser", "id", id, "code", fault.CodeOf(err))
		}
	case <-a.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// canKeep tells whether a session could be kept. A keychain that failed before is asked once more.
func (k *Keeper) canKeep(ctx context.Context) error {
	if err := k.wait(ctx, k.probed); err != nil {
		return err
	}
	if k.keychainProblem() == nil {
		return nil
	}
	return k.doOnly(ctx, k.look)
}

// attempt joins the sign-in under way, or begins one.
func (k *Keeper) attempt(e *entry, another bool) (*attempt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.attempt != nil {
		return e.attempt, nil
	}
	if e.gone {
		return nil, k.unknown(e.id)
	}
	ctx, cancel := context.WithCancel(k.ctx)
	a := &attempt{cancel: cancel, ready: make(chan struct{}), done: make(chan struct{})}
	p := e.profile
	if !k.startLocked(func() { k.signIn(ctx, e, a, p, another) }) {
		cancel()
		return nil, errEnding
	}
	e.began(a)
	k.changed()
	return a, nil
}

// signIn is one attempt from its beginning to its end.
func (k *Keeper) signIn(ctx context.Context, e *entry, a *attempt, p profile.Profile, another bool) {
	defer a.cancel()
	options := oauthflow.SignInOptions{AnotherAccount: another}
	tokens, err := k.options.Flow.SignIn(ctx, p, options, func(info account.Attempt) error {
		k.attemptOpen(a, info)
		return nil
	})
	if err == nil {
		err = k.adoptSignIn(ctx, e, p, tokens, another)
	}
	if ctx.Err() != nil && err != nil {
		err = fault.New(fault.SignInCancelled)
	}
	k.attemptOver(e, a, err)
}

func (k *Keeper) attemptOpen(a *attempt, info account.Attempt) {
	k.mu.Lock()
	defer k.mu.Unlock()
	a.info, a.open = info, true
	close(a.ready)
	k.changed()
}

func (k *Keeper) attemptOver(e *entry, a *attempt, err error) {
	if err == nil {
		k.log.Info("signed in", "id", e.id)
	} else {
		k.log.Info("not signed in", "id", e.id, "code", fault.CodeOf(err), "detail", fault.Of(err).Detail)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	a.err = err
	e.ended(err)
	close(a.done)
	k.changed()
}

// adoptSignIn saves what a sign-in gave, and then makes it what the account holds. The person is still there, so that
// the keychain may ask to be unlocked.
func (k *Keeper) adoptSignIn(
	ctx context.Context, e *entry, p profile.Profile, t *oauthflow.Tokens, another bool,
) error {
	if !another {
		if err := k.samePerson(e, t.Identity); err != nil {
			k.giveBack(p, t.Refresh)
			return err
		}
	}
	k.stopRenewal(e) // what it would bring is of no use any more
	if err := e.gate.enter(ctx); err != nil {
		return err
	}
	defer e.gate.leave()
	s := newSession(p, t, k.now())
	if !k.stillWanted(ctx, e, s) {
		return fault.New(fault.SignInCancelled)
	}
	err := k.keepSession(k.options.Interactive(k.late), e, s)

	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	e.signedIn(s, now, k.renewAfter(s, now))
	k.wrote(e, err)
	return nil
}

// keepSession makes s what is stored. Without a refresh token there is nothing to store, and what was stored before
// belongs to a session that is over.
func (k *Keeper) keepSession(ctx context.Context, e *entry, s *session) error {
	if !s.renews() {
		return k.erase(ctx, e)
	}
	return k.write(ctx, e, s.record)
}

// samePerson compares who signed in with who was signed in before, where both are known.
func (k *Keeper) samePerson(e *entry, now oauthflow.Identity) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.session == nil || e.session.who.Subject == "" || now.Subject == "" {
		return nil
	}
	was := e.session.who
	if was.Subject == now.Subject {
		return nil
	}
	return fault.New(fault.DifferentPerson, "was", was.Called(), "now", now.Called())
}

// giveBack revokes what nobody will use. It is done quietly, and as well as it can be.
func (k *Keeper) giveBack(p profile.Profile, refresh secret.Text) {
	if refresh.Empty() {
		return
	}
	k.start(func() {
		ctx, cancel := context.WithTimeout(k.late, revokeDeadline)
		defer cancel()
		_ = k.options.Flow.Revoke(ctx, p, refresh)
	})
}

func (k *Keeper) stopRenewal(e *entry) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e.flight != nil {
		e.flight.cancel()
	}
}

// stillWanted tells whether nobody cancelled, removed the account or changed its provider meanwhile.
func (k *Keeper) stillWanted(ctx context.Context, e *entry, s *session) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return ctx.Err() == nil && !e.gone && s.belongsTo(e.profile)
}

// Cancel ends the sign-in under way, if there is one. It returns when the attempt is over, its listener closed, or
// after a second.
func (k *Keeper) Cancel(id string) error {
	e, err := k.find(id)
	if err != nil {
		return err
	}
	k.abandon(e)
	return nil
}

// cancelTime is how long an attempt may take to end.
const cancelTime = time.Second

func (k *Keeper) abandon(e *entry) {
	k.mu.Lock()
	a := e.attempt
	k.mu.Unlock()
	if a == nil {
		return
	}
	a.cancel()
	patience := time.NewTimer(cancelTime)
	defer patience.Stop()
	select {
	case <-a.done:
	case <-patience.C:
	}
}
