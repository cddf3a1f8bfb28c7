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
		Use:   "header ID",
		Short: "Print the whole Authorization header with an access token",
		Long: `Print the line that a request shows an access token with. A program that reads it
from a file or a pipe keeps the token out of its arguments, which everybody on
the computer may see.`,
		Example: `  curl -H @<(keyfob header acme) https://api.acme.example/orders
  keyfob header acme | curl -H @- https://api.acme.example/orders`,
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
