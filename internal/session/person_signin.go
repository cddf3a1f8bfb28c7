package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/tasks"
	"keyfob/oauthflow"
)

// attempt is one sign-in under way. Any number of callers may wait for it; it belongs to none of them.
type attempt struct {
	p       *person
	profile profile.Profile
	another bool // somebody else than before is fine

	cancel context.CancelFunc
	ready  chan struct{} // closed when info is known: the browser may be opened
	done   chan struct{} // closed when it is over
	info   account.Attempt
	open   bool // info is known; core.mu guards it
	err    error
}

func (p *person) signIn(ctx context.Context, another bool, open func(account.Attempt) error) error {
	if err := p.core.canKeep(ctx); err != nil {
		return err
	}
	a, err := p.join(another)
	if err != nil {
		return err
	}
	select {
	case <-a.ready:
		if err := open(a.info); err != nil {
			p.core.log.Warn("sign-in waits for a browser", "id", p.e.id, "code", fault.CodeOf(err))
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

// join joins the sign-in under way, or begins one.
func (p *person) join(another bool) (*attempt, error) {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	switch {
	case p.e.attempt != nil:
		return p.e.attempt, nil
	case p.e.gone:
		return nil, errGone
	}
	ctx, cancel := context.WithCancel(p.core.tasks.Context())
	a := &attempt{
		p: p, profile: p.e.profile, another: another,
		cancel: cancel, ready: make(chan struct{}), done: make(chan struct{}),
	}
	if !p.core.tasks.Start(func() { a.run(ctx) }) {
		cancel()
		return nil, tasks.ErrEnding
	}
	p.beganLocked(a)
	p.core.changed()
	return a, nil
}

// run is the attempt from its beginning to its end.
func (a *attempt) run(ctx context.Context) {
	defer a.cancel()
	options := oauthflow.SignInOptions{AnotherAccount: a.another}
	tokens, err := a.p.core.options.Flow.SignIn(ctx, a.profile, options, func(info account.Attempt) error {
		a.opened(info)
		return nil
	})
	if err == nil {
		err = a.p.adoptSignIn(ctx, a.profile, tokens, a.another)
	}
	if ctx.Err() != nil && err != nil {
		err = fault.New(fault.SignInCancelled)
	}
	a.over(err)
}

// beganLocked: a person is asked to sign in. What holds until they have stays as it is.
func (p *person) beganLocked(a *attempt) {
	p.e.attempt, p.e.failed = a, nil
	if p.revocation != nil {
		p.revocation.cancel()
	}
}

func (a *attempt) opened(info account.Attempt) {
	core := a.p.core
	core.mu.Lock()
	defer core.mu.Unlock()
	a.info, a.open = info, true
	close(a.ready)
	core.changed()
}

func (a *attempt) over(err error) {
	core, id := a.p.core, a.p.e.id
	if err == nil {
		core.log.Info("signed in", "id", id)
	} else {
		core.log.Info("not signed in", "id", id, "code", fault.CodeOf(err), "detail", fault.Of(err).Detail)
	}
	core.mu.Lock()
	defer core.mu.Unlock()
	a.err = err
	a.p.attemptOverLocked(err)
	close(a.done)
	core.changed()
}

// attemptOverLocked: the attempt is over. err is nil if signedInLocked came before.
func (p *person) attemptOverLocked(err error) {
	p.e.attempt = nil
	if err != nil && fault.CodeOf(err) != fault.SignInCancelled {
		p.e.failed = fault.Of(err)
	}
}

// adoptSignIn saves what a sign-in gave, and then makes it what the account holds. The person is still there, so that
// the keychain may ask to be unlocked.
func (p *person) adoptSignIn(ctx context.Context, profile profile.Profile, t *oauthflow.Tokens, another bool) error {
	if !another {
		if err := p.samePerson(t.Identity); err != nil {
			p.giveBack(profile, t.Refresh)
			return err
		}
	}
	p.e.stopRenewal() // what it would bring is of no use any more
	if err := p.e.writing.Acquire(ctx); err != nil {
		return err
	}
	defer p.e.writing.Release()
	s := newSession(profile, t, p.core.now())
	if !p.stillWanted(ctx, s) {
		return fault.New(fault.SignInCancelled)
	}
	err := p.keepSession(p.core.options.Attended(p.core.tasks.Late()), s)

	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	now := p.core.now()
	p.signedInLocked(s, now, p.renewAfter(s, now))
	p.e.wroteLocked(err)
	return nil
}

// signedInLocked: all checks are passed and s is saved, or known not to be.
func (p *person) signedInLocked(s *signedIn, now time.Time, renew time.Duration) {
	p.e.unread, p.session, p.revocation, p.e.failed = false, s, nil, nil
	p.e.freshLocked(now, renew)
}

// keepSession makes s what is stored. Without a refresh token there is nothing to store, and what was stored before
// belongs to a session that is over.
func (p *person) keepSession(ctx context.Context, s *signedIn) error {
	if !s.renews() {
		return p.e.eraseAll(ctx, p)
	}
	return p.keep(ctx, s.record)
}

// samePerson compares who signed in with who was signed in before, where both are known.
func (p *person) samePerson(now oauthflow.Identity) error {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	if p.session == nil || p.session.who.Subject == "" || now.Subject == "" {
		return nil
	}
	was := p.session.who
	if was.Subject == now.Subject {
		return nil
	}
	return fault.New(fault.DifferentPerson, "was", was.Called(), "now", now.Called())
}

// giveBack revokes what nobody will use. It is done quietly, and as well as it can be.
func (p *person) giveBack(profile profile.Profile, refresh secret.Text) {
	if refresh.Empty() {
		return
	}
	p.core.tasks.Start(func() {
		ctx, cancel := context.WithTimeout(p.core.tasks.Late(), revokeDeadline)
		defer cancel()
		_ = p.core.options.Flow.Revoke(ctx, profile, refresh)
	})
}

// stillWanted tells whether nobody cancelled, removed the account or changed its provider meanwhile.
func (p *person) stillWanted(ctx context.Context, s *signedIn) bool {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	return ctx.Err() == nil && !p.e.gone && p.e.holding == p && s.belongsTo(p.e.profile)
}
