package session

import (
	"context"
	"errors"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// renewal is one renewal of a session, from the look whether it is still needed to the saved result.
type renewal struct {
	p    *person
	core *core
	s    *signedIn

	notAside error // why the second slot does not hold the new refresh token
}

// run is the whole of it, in four steps.
func (r *renewal) run(ctx context.Context) {
	if r.p.e.writing.Acquire(ctx) != nil {
		r.later()
		return
	}
	defer r.p.e.writing.Release()

	// 1. Look again: while we waited somebody may have signed in or out.
	profile, grant, ok := r.stillDue()
	if !ok {
		return
	}

	// 2. Ask. A new refresh token is kept by keepAside, before anything else of the response is judged.
	tokens, err := r.ask(ctx, profile, grant)

	// 3. "No" is believed only if what was sent is what is stored.
	if fault.CodeOf(err) == fault.SignInRequired {
		if other, ok := r.otherStored(ctx, grant); ok {
			tokens, err = r.ask(ctx, profile, other)
		}
	}

	// 4. Take over what came, or say why nothing did.
	switch {
	case err == nil:
		r.adopt(tokens)
	case errors.Is(ctx.Err(), context.Canceled): // a sign-in takes its place, or Keyfob ends: it says nothing
		r.later()
	default:
		r.failed(fault.Of(err))
	}
}

// later has a renewal that came to nothing begun anew, if nothing took its place.
func (r *renewal) later() {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	if r.p.session != r.s {
		return
	}
	now, after := r.core.now(), loopSpacing
	if r.s.lostTwice() {
		after = lostPauses(r.core, r.s, now).loop
	}
	r.p.e.renew.Set(now, after)
}

func (r *renewal) stillDue() (profile.Profile, oauthflow.Grant, bool) {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	if r.p.e.gone || r.p.session != r.s || r.core.tasks.Ending() {
		return profile.Profile{}, oauthflow.Grant{}, false
	}
	return r.p.e.profile, r.s.grant(), true
}

// keepAside keeps a new refresh token: in memory at once, and in the second slot. A slot that cannot be written is no
// reason to refuse the response, which has spent the old token already; so keepAside never fails. It writes on the
// Keeper's time: the request's deadline is no concern of the keychain.
func (r *renewal) keepAside(_ context.Context, refresh secret.Text) error {
	r.core.mu.Lock()
	r.s.unjudged, r.s.saved, r.s.lost = refresh, false, 0
	newest := r.s.record
	r.core.mu.Unlock()

	newest.refresh = refresh
	r.notAside = r.p.setAside(r.core.tasks.Late(), newest)

	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	r.p.e.wroteLocked(r.notAside)
	return nil
}

// otherStored looks whether the store holds another refresh token than the one that was refused, and takes it instead.
func (r *renewal) otherStored(ctx context.Context, refused oauthflow.Grant) (oauthflow.Grant, bool) {
	found, _, err := r.p.stored(ctx, r.core.keychain.Load)
	if err != nil {
		return oauthflow.Grant{}, false
	}
	for _, other := range found {
		if other.ended() || other.refresh.Equal(refused.Refresh) {
			continue
		}
		r.core.log.Info("refresh token refused; trying the one that is stored", "id", r.p.e.id)
		r.core.mu.Lock()
		defer r.core.mu.Unlock()
		r.s.refresh, r.s.unjudged, r.s.lost = other.refresh, secret.Text{}, 0
		r.p.e.soilLocked(r.core.now())
		return r.s.grant(), true
	}
	return oauthflow.Grant{}, false
}

// adopt makes the first slot hold the newest refresh token, and only then lets anybody have the access token. Where the
// second slot could not be written a moment ago, the first is left alone: it is tried again soon, and the caller has
// waited for the keychain once already.
func (r *renewal) adopt(t *oauthflow.Tokens) {
	r.core.mu.Lock()
	newest := r.s.after(t)
	write := r.notAside == nil && (r.p.e.dirty || !newest.same(r.s.record))
	r.core.mu.Unlock()

	var err error
	if write {
		err = r.p.keep(r.core.tasks.Late(), newest)
	}

	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	now := r.core.now()
	r.s.record, r.s.unjudged, r.s.lost = newest, secret.Text{}, 0
	r.s.take(t, r.p.e.host, now)
	if write {
		r.p.e.wroteLocked(err)
	}
	r.p.e.freshLocked(now, r.p.renewAfter(r.s, now))
	r.core.log.Info("renewed", "id", r.p.e.id, "until", t.Expiry.UTC(), "saved", r.s.saved)
}

// failed says why, and when to try again. The session stays; only a sign-in or a sign-out ends it.
func (r *renewal) failed(why *fault.Error) {
	r.core.log.Warn("not renewed", "id", r.p.e.id, "code", why.Code, "detail", why.Detail)
	if why.Code == fault.DifferentPerson {
		r.dropUnjudged()
	}
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	now := r.core.now()
	v := judge(why)
	pause := r.core.pause(why, v, r.p.e.failures, now)
	if r.s.lostTwice() && answerLost(why) {
		why = fault.New(fault.AnswerLost, "host", why.Args["host"]).Because(why)
		v, pause = judge(why), lostPauses(r.core, r.s, now)
	}
	r.p.e.notRenewedLocked(why, v, now, pause)
}

// dropUnjudged forgets a refresh token that turned out to be another person's. The old one stays, whatever it is worth.
func (r *renewal) dropUnjudged() {
	r.core.mu.Lock()
	r.s.unjudged = secret.Text{}
	old := r.s.record
	r.core.mu.Unlock()

	err := r.p.keep(r.core.tasks.Late(), old)

	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	r.p.e.wroteLocked(err)
}
