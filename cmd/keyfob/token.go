package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newToken(t *terminal) *cobra.Command {
	var minTTL time.Duration
	var asJSON bool
	cmd := forAccount("token", func(ctx context.Context, id string) error {
		return printToken(ctx, t, id, minTTL, asJSON)
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return withMinTTL(cmd, &minTTL)
}

func printToken(ctx context.Context, t *terminal, id string, minTTL time.Duration, asJSON bool) error {
	ask := bearerToken
	if asJSON {
		ask = accessToken
	}
	a, err := ask(ctx, t, id, minTTL)
	if err != nil {
		return err
	}
	if asJSON {
		return t.printJSON(tokenJSON{
			AccessToken: a.Token.Reveal(), TokenType: a.Type, ExpiresAt: a.Expiry, Scope: a.Scope,
		})
	}
	_, err = fmt.Fprintln(t.out, a.Token.Reveal())
	return err
}
