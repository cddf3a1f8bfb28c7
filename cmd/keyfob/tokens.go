package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/storage"
)

// agentSource asks the agent for tokens, and the next one where it ends meanwhile.
type agentSource struct {
	profile *profile.Profile // the one that has to be there still when asking; nil: any

	mu     sync.Mutex
	client *client.Client
}

// Token implements client.Source.
func (s *agentSource) Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error) {
	return s.ask(ctx, id, func(c *client.Client) (account.Access, error) { return c.Token(ctx, id, minValid) })
}

// TokenInsteadOf implements client.Source.
func (s *agentSource) TokenInsteadOf(
	ctx context.Context, id string, refused [sha256.Size]byte, minValid time.Duration,
) (account.Access, error) {
	return s.ask(ctx, id, func(c *client.Client) (account.Access, error) {
		return c.TokenInsteadOf(ctx, id, refused, minValid)
	})
}

func (s *agentSource) ask(
	ctx context.Context, id string, question func(*client.Client) (account.Access, error),
) (access account.Access, err error) {
	both := func(c *client.Client) (err error) {
		if err = s.sameProfile(ctx, c, id); err == nil {
			access, err = question(c)
		}
		return err
	}
	usual, err := s.usual()
	if err != nil {
		return access, err
	}
	if err = both(usual); agentEnded(err) {
		err = askAgent(ctx, both)
	}
	return access, err
}

// usual is the client for the place where an agent listens as a rule. It keeps its connections.
func (s *agentSource) usual() (*client.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		places, err := storage.DefaultPlaces()
		if err != nil {
			return nil, err
		}
		s.client = client.New(places.Socket())
	}
	return s.client, nil
}

// sameProfile makes sure that a token goes where this account's profile says now, and not where one said that had its
// name before.
func (s *agentSource) sameProfile(ctx context.Context, c *client.Client, id string) error {
	if s.profile == nil {
		return nil
	}
	now, err := c.Profile(ctx, id)
	if err != nil {
		return err
	}
	was, err := s.profile.Marshal()
	if err != nil {
		return err
	}
	if is, err := now.Marshal(); err != nil || !bytes.Equal(is, was) {
		return misused(fault.UsageProfileChanged)
	}
	return nil
}

// lineOfJSON is v in one line.
func lineOfJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return append(data, '\n')
}
