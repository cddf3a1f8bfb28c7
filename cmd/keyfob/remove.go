package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) removeCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "remove ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.remove(cmd.Context(), args[0]) },
	}
}

func (a *app) remove(ctx context.Context, id string) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	report, err := client.Remove(ctx, id)
	if err != nil {
		return err
	}
	if err := a.signedOut(id, report); err != nil {
		return err
	}
	a.say("cli.remove.done", "id", id)
	return nil
}
