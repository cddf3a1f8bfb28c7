package session

import (
	"context"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/ratelimit"
	"keyfob/oauthflow"
)

// A request that was sent and never answered leaves a refresh token in doubt: the provider may have spent it, and given
// a new one to nobody. What is done then is weighed in the package's documentation.
const (
	// secondTry is how soon the token is sent once more, on a new connection. Providers that forgive the use of a token
	// that they have just replaced do so for a few seconds.
	secondTry = 2 * time.Second

	// The pauses after that, once the access token in hand has ended: of the loop, and of callers.
	doubtFirst, doubtMost             = 10 * time.Minute, 4 * time.Hour
	doubtCallerFirst, doubtCallerMost = time.Minute, 30 * time.Minute
)

// answerLost tells an error after which nobody knows whether the provider has acted.
func answerLost(err error) bool { return err != nil && fault.Of(err).MaybeSent }

// ask sends the refresh token, and sends it once more where the answer to it was lost for the first time.
func (k *Keeper) ask(
	ctx context.Context, e *entry, p profile.Profile, g oauthflow.Grant, keep *keeping,
) (*oauthflow.Tokens, error) {
	tokens, err := k.send(ctx, p, g, keep)
	if !answerLost(err) || !k.onceMore(e, keep.s) || ratelimit.Sleep(ctx, secondTry) != nil {
		return tokens, err
	}
	k.log.Info("the answer was lost; asking once more", "id", e.id)
	k.options.Flow.CloseIdle()
	return k.send(ctx, p, g, keep)
}

// send is one request with a refresh token.
func (k *Keeper) send(
	ctx context.Context, p profile.Profile, g oauthflow.Grant, keep *keeping,
) (*oauthflow.Tokens, error) {
	tokens, err := k.options.Flow.Refresh(ctx, p, g, keep.next)
	k.mu.Lock()
	defer k.mu.Unlock()
	if answerLost(err) && keep.s.newest().Equal(g.Refresh) {
		keep.s.doubts++
	}
	return tokens, err
}

// onceMore tells whether the token that was sent is to be sent again at once: it has been in doubt since a moment ago,
// and nobody ends its session.
func (k *Keeper) onceMore(e *entry, s *session) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return s.doubts == 1 && e.leaving == 0 && !k.closing
}

// inDoubt tells whether the newest refresh token was sent twice without an answer.
func (s *session) inDoubt() bool { return s.doubts > 1 }

// doubtPauses are how long a token in doubt is left alone. As long as the access token in hand is good there is
// something to lose.
func (k *Keeper) doubtPauses(s *session, now time.Time) pauses {
	n := s.doubts - 2
	return pauses{
		loop:    max(k.backoff(n, doubtFirst, doubtMost), s.left(now)),
		callers: max(k.backoff(n, doubtCallerFirst, doubtCallerMost), s.left(now)),
	}
}
