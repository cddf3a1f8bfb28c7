package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) headerCommand() *cobra.Command {
	var minTTL time.Duration
	cmd := &cobra.Command{
		Use:               "header ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.header(cmd.Context(), args[0], minTTL) },
	}
	withMinTTL(cmd, &minTTL)
	return cmd
}

func (a *app) header(ctx context.Context, id string, minTTL time.Duration) error {
	access, err := a.access(ctx, id, minTTL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "Authorization: %s %s\n", cmp.Or(access.Type, "Bearer"), access.Token.Reveal())
	return err
}
