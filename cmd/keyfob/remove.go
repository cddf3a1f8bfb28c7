package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newRemove(t *terminal) *cobra.Command {
	return forAccount("remove", func(ctx context.Context, id string) error { return remove(ctx, t, id) })
}

// remove signs out and forgets the account.
func remove(ctx context.Context, t *terminal, id string) error {
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	report, err := c.Remove(ctx, id)
	if err != nil {
		return err
	}
	if err := printSignOut(t, id, report); err != nil {
		return err
	}
	t.print("cli.remove.done", "id", id)
	return nil
}
