package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/slots"
)

// A session has two slots in the store; see package slots.
func firstKey(id string) string  { return "session/" + id }
func secondKey(id string) string { return "session/" + id + "/next" }

// After a start no session has an access token. They are fetched soon, so that a revoked sign-in shows, but spread out:
// a start must not be a storm. Whoever asks for a token before is served at once.
const (
	firstRenewal  = time.Second
	renewalSpread = 2 * time.Second // per session
	spreadAtMost  = 10 * time.Minute
)

// markOf tells stored records apart by their refresh tokens.
func markOf(data []byte) slots.Mark {
	r, err := parseRecord(data)
	if err != nil {
		return slots.Mark{}
	}
	return slots.MarkOf(r.refresh.Reveal())
}

func (p *person) keys() []string { return p.slots.Keys() }

func (p *person) read(ctx context.Context, load slots.Loader, many int) {
	found, unusable, err := p.stored(ctx, load)
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	if !p.e.couldReadLocked(ctx, err) {
		return
	}
	defer p.core.changed()
	now := p.core.now()
	switch {
	case len(found) == 0 && unusable != nil:
		p.core.log.Warn("stored session not usable", "id", p.e.id, "error", unusable)
		p.e.foundNothingLocked(fault.New(fault.KeychainFailed).Because(unusable))
	case len(found) == 0:
		p.e.foundNothingLocked(nil)
	case found[0].ended(): // signed out, but not deleted then, or the provider is still to be told
		p.e.foundNothingLocked(nil)
		p.revocation = recalled(p.e, found[0], now, p.spread(many))
		if p.revocation == nil {
			p.e.soilLocked(now)
		}
	default:
		p.foundLocked(&signedIn{record: found[0], saved: true}, now, p.spread(many))
		if p.slots.CutOff() { // a write was cut off; finish it
			p.e.soilLocked(now)
		}
	}
}

// foundLocked: a session was stored. It has no access token yet, and gets one after a while.
func (p *person) foundLocked(s *signedIn, now time.Time, after time.Duration) {
	p.e.unread, p.session, p.revocation = false, s, nil
	p.e.renew.Set(now, after)
	p.e.settleLocked(account.SignedIn, nil)
}

func (p *person) spread(many int) time.Duration {
	widest := min(time.Duration(many)*renewalSpread, spreadAtMost)
	return firstRenewal + time.Duration(p.core.options.Rand()*float64(widest))
}

// stored reads both slots, the newest record first. Records of another provider or client are not among them. unusable
// is why a record cannot be used (errNewer, errCorrupt), err why the store could not be read. The account's write lock
// is held.
func (p *person) stored(ctx context.Context, load slots.Loader) (found []record, unusable, err error) {
	second, first, err := p.slots.Load(ctx, load)
	if err != nil {
		return nil, nil, err
	}
	profile := p.e.profileNow()
	for _, data := range [][]byte{second, first} {
		if data == nil {
			continue
		}
		r, err := parseRecord(data)
		switch {
		case err != nil:
			unusable = err
		case r.belongsTo(profile) || r.ended():
			found = append(found, r)
		}
	}
	return found, unusable, nil
}

// encode is r as it is stored now.
func (p *person) encode(r record) ([]byte, error) {
	r.saved = p.core.now()
	return r.encode()
}

// keep makes r what is stored. The account's write lock is held.
func (p *person) keep(ctx context.Context, r record) error {
	data, err := p.encode(r)
	if err != nil {
		return err
	}
	return p.slots.Keep(ctx, data)
}

// setAside keeps r in the second slot, and leaves the first alone. The account's write lock is held.
func (p *person) setAside(ctx context.Context, r record) error {
	data, err := p.encode(r)
	if err != nil {
		return err
	}
	return p.slots.SetAside(ctx, data)
}

// store writes what memory holds. The second slot keeps what nobody has judged.
func (p *person) store(ctx context.Context) error {
	r, unjudged := p.held()
	switch {
	case r.ended() && r.toRevoke.Empty():
		return p.e.eraseAll(ctx, p)
	case unjudged:
		return p.setAside(ctx, r)
	default:
		return p.keep(ctx, r)
	}
}

// held is what the store is to hold. A record that has ended stands for nothing.
func (p *person) held() (r record, unjudged bool) {
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	switch {
	case p.session != nil:
		r = p.session.record
		r.refresh = p.session.newest()
		return r, !p.session.unjudged.Empty()
	case p.revocation != nil:
		r = p.revocation.record
	}
	return r, false
}

func (p *person) erase(ctx context.Context) error {
	none, err := p.encode(record{})
	if err != nil {
		return err
	}
	return p.slots.Erase(ctx, none)
}

// storedLocked: the newest refresh token is saved as soon as one of the slots holds it, whatever became of the other.
func (p *person) storedLocked(error) {
	if s := p.session; s != nil {
		s.saved = p.isStored(s.newest()) && !p.core.keychain.MemoryOnly()
	}
}

func (p *person) isStored(refresh secret.Text) bool {
	return p.slots.Holds(slots.MarkOf(refresh.Reveal()))
}
