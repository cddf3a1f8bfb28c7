package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/storage"
)

// agentSource is a client.Source for commands that run for long: it asks the agent for tokens, and the next agent where
// one ends meanwhile.
type agentSource struct {
	profile *profile.Profile // the profile that the account must still have; nil: any

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
) (a account.Access, err error) {
	checked := func(c *client.Client) (err error) {
		if err = s.checkProfile(ctx, c, id); err == nil {
			a, err = question(c)
		}
		return err
	}
	usual, err := s.usualClient()
	if err != nil {
		return a, err
	}
	if err = checked(usual); agentEnded(err) {
		err = askAgent(ctx, checked)
	}
	return a, err
}

// usualClient is the client for the usual socket. It is kept, and with it its connections.
func (s *agentSource) usualClient() (*client.Client, error) {
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

// checkProfile makes sure that the account has the profile that decided where its tokens go. Another profile may have
// the same id by now.
func (s *agentSource) checkProfile(ctx context.Context, c *client.Client, id string) error {
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
