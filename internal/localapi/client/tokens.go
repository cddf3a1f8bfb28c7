package client

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
)

// Source is where tokens of accounts come from: a Client, or in the agent itself whoever asks the Keeper.
type Source interface {
	Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error)
	TokenInsteadOf(
		ctx context.Context, id string, refused [sha256.Size]byte, minValid time.Duration,
	) (account.Access, error)
}

// Credentials are what the account of that id shows to its API. A token is used for as long as hold says without asking
// the source again; 0: it is asked each time, which the agent answers from memory.
func Credentials(source Source, id string, hold time.Duration) apicall.Credentials {
	return apicall.CredentialsOf(newTokens(source, id, hold))
}

// tokens are those of one account.
type tokens struct {
	source Source
	id     string
	hold   time.Duration
	asking chan struct{} // holds a value while one caller asks for all

	mu    sync.Mutex
	kept  account.Access
	asked time.Time
}

func newTokens(source Source, id string, hold time.Duration) *tokens {
	return &tokens{source: source, id: id, hold: hold, asking: make(chan struct{}, 1)}
}

// Token is the token in hand, for as long as it may be held.
func (t *tokens) Token(ctx context.Context, minValid time.Duration) (account.Access, error) {
	ask := func() (account.Access, error) { return t.source.Token(ctx, t.id, minValid) }
	if t.hold == 0 {
		return t.keep(ask())
	}
	return t.one(ctx, func(kept account.Access, asked time.Time) bool {
		lives := kept.Expiry.IsZero() || time.Until(kept.Expiry) >= minValid
		return lives && time.Since(asked) < t.hold
	}, ask)
}

// Instead is another than the one that was refused.
func (t *tokens) Instead(ctx context.Context, refused account.Access) (account.Access, error) {
	return t.one(ctx, func(kept account.Access, _ time.Time) bool {
		return !kept.Token.Equal(refused.Token)
	}, func() (account.Access, error) {
		return t.source.TokenInsteadOf(ctx, t.id, account.Fingerprint(refused.Token), 0)
	})
}

// one is the token in hand if it will do, else another. Of many who need another at a time, one asks the source.
func (t *tokens) one(
	ctx context.Context, willDo func(kept account.Access, asked time.Time) bool,
	ask func() (account.Access, error),
) (account.Access, error) {
	select {
	case t.asking <- struct{}{}:
		defer func() { <-t.asking }()
	case <-ctx.Done():
		return account.Access{}, ctx.Err()
	}
	if kept, asked := t.inHand(); !kept.Token.Empty() && willDo(kept, asked) {
		return kept, nil
	}
	return t.keep(ask())
}

func (t *tokens) inHand() (account.Access, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept, t.asked
}

func (t *tokens) keep(access account.Access, err error) (account.Access, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept, t.asked = access, time.Now()
	return access, err
}
