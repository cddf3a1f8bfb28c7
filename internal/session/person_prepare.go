package session

import (
	"context"
	"time"

	"keyfob/internal/clock"
	"keyfob/internal/fault"
)

const (
	// What the provider publishes is fetched again before it grows old (see oauthflow.Client.Prepare).
	prepareEvery              = 13 * time.Hour
	prepareFirst, prepareMost = 30 * time.Second, time.Hour
	// preparingMost is how many preparations are under way at once.
	preparingMost = 4
)

// prepareDueLocked begins a preparation where one is due. One that waits for room is looked at when some is free.
func (p *person) prepareDueLocked(now time.Time) time.Duration {
	if wait := p.prepare.Remaining(now); wait > 0 {
		return wait
	}
	if p.core.preparing < preparingMost && p.core.tasks.Start(func() { p.prepareAhead(p.core.tasks.Context()) }) {
		p.prepare.Stop()
		p.core.preparing++
	}
	return clock.Forever
}

// prepareAhead fetches what a sign-in will need. It does so quietly: what goes wrong shows when somebody signs in.
func (p *person) prepareAhead(ctx context.Context) {
	err := p.core.options.Flow.Prepare(ctx, p.e.profileNow())
	p.core.mu.Lock()
	defer p.core.mu.Unlock()
	defer p.core.nudge()
	p.core.preparing--
	if err == nil {
		p.unprepared = 0
		p.prepare.Set(p.core.now(), p.core.backoff(0, prepareEvery, prepareEvery))
		return
	}
	p.core.log.Debug("not prepared", "id", p.e.id, "code", fault.CodeOf(err))
	p.prepare.Set(p.core.now(), p.core.backoff(p.unprepared, prepareFirst, prepareMost))
	p.unprepared++
}
