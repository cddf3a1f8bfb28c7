package main

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/storage"
)

// agentTokens gets the tokens of one account from the agent, for calls to its API.
type agentTokens struct {
	id      string
	hold    time.Duration    // how long one is used without asking again
	profile *profile.Profile // the profile that the account must still have; nil: any

	mu     sync.Mutex
	client *client.Client
	kept   account.Access
	asked  time.Time
}

// Token returns the token in hand as long as it may be held, else a new one.
func (r *agentTokens) Token(ctx context.Context, minValid time.Duration) (account.Access, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	lives := r.kept.Expiry.IsZero() || time.Until(r.kept.Expiry) >= minValid
	if !r.kept.Token.Empty() && lives && time.Since(r.asked) < r.hold {
		return r.kept, nil
	}
	return r.ask(ctx, func(client *client.Client) (account.Access, error) { return client.Token(ctx, r.id, minValid) })
}

// Instead returns another token than the one that was refused. Of many callers at a time, one asks the agent.
func (r *agentTokens) Instead(ctx context.Context, refused account.Access) (account.Access, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.kept.Token.Empty() && !r.kept.Token.Equal(refused.Token) {
		return r.kept, nil
	}
	return r.ask(ctx, func(client *client.Client) (account.Access, error) {
		return client.TokenInsteadOf(ctx, r.id, refused.Token, 0)
	})
}

func (r *agentTokens) ask(
	ctx context.Context, question func(*client.Client) (account.Access, error),
) (access account.Access, err error) {
	both := func(client *client.Client) (err error) {
		if err = r.sameProfile(ctx, client); err == nil {
			access, err = question(client)
		}
		return err
	}
	if r.client == nil {
		places, err := storage.DefaultPlaces()
		if err != nil {
			return access, err
		}
		r.client = client.New(places.Socket())
	}
	if err = both(r.client); agentEnded(err) {
		err = askAgent(ctx, both)
	}
	r.kept, r.asked = access, time.Now()
	return access, err
}

// sameProfile makes sure that the account still has the profile that the gateway was opened with. Else a token would go
// where another profile says.
func (r *agentTokens) sameProfile(ctx context.Context, client *client.Client) error {
	if r.profile == nil {
		return nil
	}
	now, err := client.Profile(ctx, r.id)
	if err != nil {
		return err
	}
	was, err := r.profile.Marshal()
	if err != nil {
		return err
	}
	if is, err := now.Marshal(); err != nil || !bytes.Equal(is, was) {
		return misused(fault.UsageProfileChanged)
	}
	return nil
}

// lineOfJSON is v as JSON in one line.
func lineOfJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return append(data, '\n')
}
