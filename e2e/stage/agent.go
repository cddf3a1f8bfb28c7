//go:build linux

package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"keyfob/internal/account"
	"keyfob/internal/localapi/client"
)

// Status is what `keyfob status --json` says.
func (s *Stage) Status(ctx context.Context) (account.Snapshot, error) {
	var snapshot account.Snapshot
	r, err := s.Keyfob(ctx, "status", "--json")
	if err != nil {
		return snapshot, err
	}
	if err := json.Unmarshal([]byte(r.Out), &snapshot); err != nil {
		return snapshot, fmt.Errorf("keyfob status --json: %w\n%s%s", err, r.Out, r.Err)
	}
	return snapshot, nil
}

// Agent speaks to the agent of this stage directly: to wait for what it publishes.
func (s *Stage) Agent() *client.Client { return client.New(s.Path("run/keyfob/agent.sock")) }

// WaitAccount waits until an account is in one of the states.
func (s *Stage) WaitAccount(ctx context.Context, id string, states ...account.Status) (account.Account, error) {
	var last account.Account
	err := s.WaitSnapshot(ctx, func(snapshot account.Snapshot) bool {
		last, _ = snapshot.Account(id)
		for _, state := range states {
			if last.Status == state {
				return true
			}
		}
		return false
	})
	if err != nil {
		return last, fmt.Errorf("%s is %q and not %q (problem: %v): %w", id, last.Status, states, last.Problem, err)
	}
	return last, nil
}

// WaitSnapshot waits until what the agent publishes fits.
func (s *Stage) WaitSnapshot(ctx context.Context, fits func(account.Snapshot) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := s.Agent()
	defer client.Close()
	snapshots, err := client.Watch(ctx, "cli")
	if err != nil {
		return err
	}
	for snapshot := range snapshots {
		if fits(snapshot) {
			return nil
		}
	}
	return errors.Join(errors.New("the agent ended, or never said so"), ctx.Err())
}
