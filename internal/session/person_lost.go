package session

import (
	"context"
	"time"

	"keyfob/internal/profile"
	"keyfob/internal/ratelimit"
	"keyfob/oauthflow"
)

// A request that was sent and never answered is a lost response: the provider may have spent the refresh token, and
// given a new one to nobody. What is done then is weighed in the package's documentation.
const (
	// secondTry is how soon the token is sent once more, on a new connection. Providers that forgive the use of a token
	// that they have just replaced do so for a few seconds.
	secondTry = 2 * time.Second

	// The pauses after that, once the access token in hand has ended: of the loop, and of callers.
	lostFirst, lostMost             = 10 * time.Minute, 4 * time.Hour
	lostCallerFirst, lostCallerMost = time.Minute, 30 * time.Minute
)

// ask sends the refresh token, and sends it once more where the response to it was lost for the first time.
func (r *renewal) ask(ctx context.Context, profile profile.Profile, g oauthflow.Grant) (*oauthflow.Tokens, error) {
	tokens, err := r.send(ctx, profile, g)
	if !answerLost(err) || !r.onceMore() || ratelimit.Sleep(ctx, secondTry) != nil {
		return tokens, err
	}
	r.core.log.Info("the response was lost; asking once more", "id", r.p.e.id)
	r.core.options.Flow.CloseIdle()
	return r.send(ctx, profile, g)
}

// send is one request with a refresh token.
func (r *renewal) send(ctx context.Context, profile profile.Profile, g oauthflow.Grant) (*oauthflow.Tokens, error) {
	tokens, err := r.core.options.Flow.Refresh(ctx, profile, g, r.keepAside)
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	if answerLost(err) && r.s.newest().Equal(g.Refresh) {
		r.s.lost++
	}
	return tokens, err
}

// onceMore tells whether the token that was sent is to be sent again at once: its response was lost a moment ago, and
// nobody ends its session.
func (r *renewal) onceMore() bool {
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	return r.s.lost == 1 && r.p.e.signOuts == 0 && !r.core.tasks.Ending()
}

// lostTwice tells whether the newest refresh token was sent twice without a response.
func (s *signedIn) lostTwice() bool { return s.lost > 1 }

// lostPauses are how long a token whose responses were lost is left alone. As long as the access token in hand is good
// there is something to lose.
func lostPauses(c *core, s *signedIn, now time.Time) pauses {
	n := s.lost - 2
	return pauses{
		loop:    max(c.backoff(n, lostFirst, lostMost), s.remaining(now)),
		callers: max(c.backoff(n, lostCallerFirst, lostCallerMost), s.remaining(now)),
	}
}
